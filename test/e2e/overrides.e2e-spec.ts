import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../deploy/local/node.mjs';
import { type NodeUnderTest, call, eventually, theNode } from '../support/the-node.js';
import { WebhookCatcher } from '../support/webhook-catcher.js';

/** Messages go to the number's address, else the account's, else the app's; everything else goes to the app's. */
describe('addresses for a number and for an account', () => {
  let under: NodeUnderTest;
  let sandbox: Sandbox;
  let catcher: WebhookCatcher;
  let graph: string;

  beforeAll(async () => {
    under = await theNode();
    ({ sandbox } = under);
    graph = `${sandbox.baseUrl}/${sandbox.graph.version}`;
    catcher = await WebhookCatcher.open();
    const subscribed = await call(`${graph}/${sandbox.graph.appId}/subscriptions`, {
      token: `${sandbox.graph.appId}|${sandbox.graph.appSecret}`,
      json: {
        object: 'whatsapp_business_account',
        callback_url: `${catcher.url}/app`,
        verify_token: catcher.verifyToken,
        fields: ['messages', 'phone_number_name_update'],
      },
    });
    expect(subscribed.json).toEqual({ success: true });
  });

  afterAll(async () => {
    await catcher.close();
    await under.close();
  });

  const ask = async (path: string, json: object): Promise<void> => {
    const answer = await call(`${graph}/${path}`, { token: sandbox.graph.accessToken, json });
    expect(answer.json, answer.text).toMatchObject({ success: true });
  };
  const overrideOf = (path: string) => ({ override_callback_uri: `${catcher.url}${path}`, verify_token: catcher.verifyToken });

  /** The addresses that heard of a text. */
  async function heardAt(body: string): Promise<readonly string[]> {
    const token = sandbox.handsets[0]!.token;
    await call(`${sandbox.baseUrl}/handset/v1/messages`, { token, json: { type: 'text', text: { body } } });
    const hearers = () => catcher.caught.filter((one) => one.bytes.includes(body)).map((one) => one.path);
    await eventually(`somebody hears "${body}"`, () => (hearers().length > 0 ? true : undefined));
    return hearers();
  }

  it('take their messages away from the app, one behind the other, and give them back', async () => {
    expect(await heardAt('to the app')).toEqual(['/app']);
    await ask(`${sandbox.graph.wabaId}/subscribed_apps`, overrideOf('/account'));
    expect(await heardAt('to the account')).toEqual(['/account']);
    await ask(sandbox.graph.phoneNumberId, { webhook_configuration: overrideOf('/number') });
    expect(await heardAt('to the number')).toEqual(['/number']);
    const read = await call(`${graph}/${sandbox.graph.phoneNumberId}?fields=webhook_configuration`, {
      token: sandbox.graph.accessToken,
    });
    expect(read.json.webhook_configuration).toEqual({
      phone_number: `${catcher.url}/number`,
      whatsapp_business_account: `${catcher.url}/account`,
      application: `${catcher.url}/app`,
    });
    await ask(sandbox.graph.phoneNumberId, { webhook_configuration: { override_callback_uri: '' } });
    expect(await heardAt('to the account again')).toEqual(['/account']);
  });

  it('leave the app what is no message', async () => {
    await ask(sandbox.graph.phoneNumberId, { new_display_name: 'The Sandbox Bank' });
    await call(`${sandbox.baseUrl}/relais/v1/phone-numbers/${sandbox.graph.phoneNumberId}/display-name/review`, {
      token: sandbox.admin.token,
      json: { decision: 'REJECT', reason: 'NAME_NOT_CONSISTENT' },
    });
    const told = await eventually('the app is told of the review', () =>
      catcher.caught.find((one) => one.bytes.includes('phone_number_name_update')),
    );
    expect(told.path).toBe('/app');
    expect(told.json.entry[0].changes[0]).toEqual({
      field: 'phone_number_name_update',
      value: {
        display_phone_number: '493023125000',
        decision: 'REJECTED',
        requested_verified_name: 'The Sandbox Bank',
        rejection_reason: 'NAME_NOT_CONSISTENT',
      },
    });
  });
});
