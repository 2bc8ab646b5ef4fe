import { expect, it } from 'vitest';
import type { ClientBench } from '../../support/client-bench.js';
import type { Contract } from './contract.js';

/** Phone numbers: from the card in the drawer to a number that is registered, and everything that hangs on one. */
export function storiesOfNumbers(contract: () => Contract, bench: () => ClientBench): void {
  it('a number is added, verified, registered, given another PIN, and taken out of service', async () => {
    const { national, handset } = await bench().newSim();
    const waba = { 'WABA-ID': bench().sandbox.graph.wabaId };
    const { id } = await contract().ask('POST /{WABA-ID}/phone_numbers', {
      path: waba,
      json: { cc: '49', phone_number: national, verified_name: 'Contract' },
    });
    const path = { 'Phone-Number-ID': id };
    const status = async (): Promise<string> =>
      (await contract().ask('GET /{Phone-Number-ID}', { path, query: { fields: 'id,status' } })).status;

    await contract().ask('POST /{Phone-Number-ID}/request_code', { path, json: { code_method: 'SMS', language: 'en_US' } });
    await contract().ask('POST /{Phone-Number-ID}/verify_code', { path, json: { code: await bench().codeOn(handset) } });
    await contract().ask('POST /{Phone-Number-ID}/register', { path, json: { messaging_product: 'whatsapp', pin: '150954' } });
    expect(await status()).toBe('CONNECTED');
    expect(await contract().ask('GET /{Phone-Number-ID}', { path })).toMatchObject({
      id,
      verified_name: 'Contract',
      code_verification_status: 'VERIFIED',
    });
    expect(
      await contract().ask('GET /{WhatsApp-Account-Number-ID}', {
        path: { 'WhatsApp-Account-Number-ID': id },
        query: { fields: 'id,display_phone_number,verified_name,status,quality_rating,name_status' },
      }),
    ).toMatchObject({ id, status: 'CONNECTED' });
    const listed = await contract().ask('GET /{WABA-ID}/phone_numbers', {
      path: waba,
      query: { fields: 'id,display_phone_number,status' },
    });
    expect(listed.data.map((number: any) => number.id)).toContain(id);

    await contract().ask('POST /{Phone-Number-ID}', { path, json: { pin: '459051' } });
    await contract().ask('POST /{Phone-Number-ID}/deregister', { path });
    expect(await status()).not.toBe('CONNECTED');
    await contract().ask('POST /{Phone-Number-ID}/register', { path, json: { messaging_product: 'whatsapp', pin: '459051' } });
    expect(await status()).toBe('CONNECTED');
  });
}
