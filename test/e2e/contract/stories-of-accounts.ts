import { expect, it } from 'vitest';
import type { ClientBench } from '../../support/client-bench.js';
import type { Contract } from './contract.js';

/** Accounts: their numbers, the apps that hear of them, and what is served of businesses and templates. */
export function storiesOfAccounts(contract: () => Contract, bench: () => ClientBench): void {
  const waba = () => ({ 'WABA-ID': bench().sandbox.graph.wabaId });

  it('a business and its account are read', async () => {
    const { businessId, wabaId } = bench().sandbox.graph;
    expect(await contract().ask('GET /{Business-ID}', { path: { 'Business-ID': businessId } })).toMatchObject({ id: businessId });
    expect(await contract().ask('GET /{WABA-ID}', { path: waba() })).toMatchObject({ id: wabaId });
  });

  it('an app hears of the account, and hears of it no more', async () => {
    const app = await bench().newApp('Contract');
    const names = async (): Promise<readonly string[]> =>
      (await contract().ask('GET /{WABA-ID}/subscribed_apps', { path: waba() })).data.map(
        (one: any) => one.whatsapp_business_api_data.name,
      );
    await contract().ask('POST /{WABA-ID}/subscribed_apps', { path: waba(), token: app.accessToken });
    expect(await names()).toContain('Contract');
    await contract().ask('DELETE /{WABA-ID}/subscribed_apps', { path: waba(), token: app.accessToken });
    expect(await names()).not.toContain('Contract');
  });

  it('a template is made, found by its name, and read', async () => {
    const name = `contract_${bench().serial()}`;
    const made = await contract().ask('POST /{WABA-ID}/message_templates', {
      path: waba(),
      json: {
        name,
        language: 'en_US',
        category: 'UTILITY',
        components: [{ type: 'BODY', text: 'Your contract is here.' }],
      },
    });
    expect(made).toMatchObject({ id: expect.stringMatching(/^\d+$/), status: 'PENDING', category: 'UTILITY' });
    const listed = await contract().ask('GET /{WABA-ID}/message_templates', { path: waba(), query: { name } });
    expect(listed.data).toMatchObject([{ id: made.id, name }]);
    expect(await contract().ask('GET /{TEMPLATE_ID}', { path: { TEMPLATE_ID: made.id } })).toMatchObject({
      id: made.id,
      name,
      language: 'en_US',
    });
  });
}
