import { beforeAll, describe, expect, it } from 'vitest';
import type { ClientBench } from '../../support/client-bench.js';
import { Contract } from './contract.js';
import { later } from './later.js';
import { PlatformDocument } from './platform-document.js';
import { storiesOfAccounts } from './stories-of-accounts.js';
import { storiesOfMedia } from './stories-of-media.js';
import { storiesOfMessages } from './stories-of-messages.js';
import { storiesOfNumberFeatures } from './stories-of-number-features.js';
import { storiesOfNumbers } from './stories-of-numbers.js';

/** Every operation of the platform's own OpenAPI document: served, and held against its schemas; or listed as a later piece of work. */
export function thePlatformsContract(bench: () => ClientBench): void {
  const document = PlatformDocument.open();
  if (!document) process.stdout.write('skipped: ../shared/specs/cloud-openapi.yaml is not beside this clone\n');
  describe.skipIf(!document)('the platform’s own document', () => {
    let contract: Contract;
    beforeAll(() => {
      contract = new Contract(document!, bench());
    });

    storiesOfNumbers(() => contract, bench);
    storiesOfNumberFeatures(() => contract, bench);
    storiesOfMessages(() => contract, bench);
    storiesOfMedia(() => contract, bench);
    storiesOfAccounts(() => contract, bench);

    it('has no operation that is neither served nor listed for later', () => {
      const listed = later.flatMap(({ operations }) => operations);
      const names = document!.operations.map(({ name }) => name);
      expect(names).toHaveLength(113);
      expect(names.filter((name) => !contract.shown.has(name) && !listed.includes(name))).toEqual([]);
      expect(listed.filter((name) => !names.includes(name) || contract.shown.has(name))).toEqual([]);
      expect(new Set(listed).size).toBe(listed.length);
    });

    it('is refused, in the envelope, for what is listed for later', async () => {
      const faults: string[] = [];
      for (const name of later.flatMap(({ operations }) => operations)) {
        const { wabaId, phoneNumberId, businessId, appId } = bench().sandbox.graph;
        const path = {
          'Phone-Number-ID': phoneNumberId,
          'Business-ID': businessId,
          'WABA-ID': wabaId,
          'WhatsApp-Business-Account-ID': wabaId,
          'Application-ID': appId,
        };
        const answer = await contract.request(name, { path, ...(name.startsWith('GET') ? {} : { json: {} }) });
        const refused = answer.status >= 400 && answer.status < 500 && typeof answer.json?.error?.code === 'number';
        if (!refused) faults.push(`${name}: ${answer.status} ${answer.text}`);
      }
      expect(faults).toEqual([]);
    });

    it('is deviated from only where something still shows it', () => {
      expect(contract.notMet()).toEqual([]);
    });
  });
}
