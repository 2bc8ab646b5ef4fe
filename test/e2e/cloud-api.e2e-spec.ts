import { afterAll, beforeAll, describe } from 'vitest';
import { ClientBench } from '../support/client-bench.js';
import { type NodeUnderTest, theNode } from '../support/the-node.js';
import { thePlatformsContract } from './contract/platform-contract.js';
import { storiesOfAnyBody } from './stories-of-any-body.js';

/** Whoever speaks the Cloud API, on one node: the platform's own document, and SDKs that people use. */
describe('the Cloud API', () => {
  let under: NodeUnderTest;
  let bench: ClientBench;

  beforeAll(async () => {
    under = await theNode();
    bench = new ClientBench(under.sandbox);
  });
  afterAll(() => under.close());

  thePlatformsContract(() => bench);
  storiesOfAnyBody(() => bench);
});
