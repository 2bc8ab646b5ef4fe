import { afterAll, beforeAll, describe } from 'vitest';
import { ClientBench } from '../support/client-bench.js';
import { liftTrafficLimits, type NodeUnderTest, theNode } from '../support/the-node.js';
import { greatDetailsClient } from './sdk/great-detail.js';
import { kapsosClient } from './sdk/kapso.js';
import { whatsappApiJsClient } from './sdk/whatsapp-api-js.js';

/** SDKs that people use, on one node: nothing is changed for them but the address. */
describe('SDKs', () => {
  let under: NodeUnderTest;
  let bench: ClientBench;

  beforeAll(async () => {
    under = await theNode();
    await liftTrafficLimits(under);
    bench = new ClientBench(under.sandbox);
  });
  afterAll(() => under.close());

  kapsosClient(() => bench);
  greatDetailsClient(() => bench);
  whatsappApiJsClient(() => bench);
});
