import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ClientBench } from '../../support/client-bench.js';
import { call, eventually } from '../../support/the-node.js';
import type { Contract } from './contract.js';

/** What hangs on a number, and who stands before it: read back as it was written. */
export function storiesOfNumberFeatures(contract: () => Contract, bench: () => ClientBench): void {
  const path = () => ({ 'Phone-Number-ID': bench().phoneNumberId });
  const at = (name: string, question: object = {}): Promise<any> =>
    contract().ask(name.replace('/…', '/{Phone-Number-ID}'), { path: path(), ...question });

  it('a number is held for a business, and taken over by the account it is added to', async () => {
    const { national } = await bench().newSim();
    const { businessId, wabaId } = bench().sandbox.graph;
    const held = await contract().ask('POST /{Business-ID}/add_phone_numbers', {
      path: { 'Business-ID': businessId },
      json: { phone_number: `+49${national}` },
    });
    const { id } = await contract().ask('POST /{WABA-ID}/phone_numbers', {
      path: { 'WABA-ID': wabaId },
      json: { cc: '49', phone_number: national, verified_name: 'Held', preverified_id: held.id },
    });
    const listed = await contract().ask('GET /{WABA-ID}/phone_numbers', {
      path: { 'WABA-ID': wabaId },
      query: { fields: 'id,display_phone_number,status', sort: 'creation_time.desc', limit: '1' },
    });
    expect(listed.data.map((number: any) => number.id)).toEqual([id]);

    const fields = 'name,phone_numbers.limit(1){id,status},subscribed_apps';
    const whole = await contract().request('GET /{WABA-ID}', { path: { 'WABA-ID': wabaId }, query: { fields } });
    expect(whole.json).toMatchObject({ id: wabaId, phone_numbers: { data: [{ id }] } });
    const next = await call(whole.json.phone_numbers.paging.next, { token: bench().token });
    expect(next.json.data).toHaveLength(1);
    expect(Object.keys(next.json.data[0]).toSorted()).toEqual(['id', 'status']);
  });

  it('a display name waits for its review', async () => {
    await at('POST /…', { json: { new_display_name: 'Relais Contract Bank' } });
    const fields = 'id,verified_name,new_display_name,new_name_status,name_status';
    expect(await at('GET /…', { query: { fields } })).toMatchObject({
      new_display_name: 'Relais Contract Bank',
      new_name_status: 'PENDING_REVIEW',
    });
    await bench().admin(`phone-numbers/${bench().phoneNumberId}/display-name/review`, { decision: 'APPROVE' });
    expect(await at('GET /…', { query: { fields } })).toMatchObject({
      verified_name: 'Relais Contract Bank',
      name_status: 'APPROVED',
      new_name_status: 'NONE',
    });
  });

  it('a profile is told in part, at its number and by its own id', async () => {
    const profile = {
      about: 'We keep your money',
      address: 'Street 7, 10115 Berlin',
      description: 'A bank',
      email: 'bank@example.org',
      websites: ['https://bank.example/'],
      vertical: 'FINANCE',
    };
    await at('POST /…/whatsapp_business_profile', { json: { messaging_product: 'whatsapp', ...profile } });
    const { data } = await at('GET /…/whatsapp_business_profile', { query: { fields: 'id,about,vertical' } });
    expect(data).toEqual([{ id: data[0].id, about: 'We keep your money', vertical: 'FINANCE', messaging_product: 'whatsapp' }]);
    const node = { 'WhatsApp-Business-Profile-ID': data[0].id };
    await contract().ask('POST /{WhatsApp-Business-Profile-ID}', {
      path: node,
      json: { messaging_product: 'whatsapp', description: 'The bank' },
    });
    expect(await contract().ask('GET /{WhatsApp-Business-Profile-ID}', { path: node })).toMatchObject({
      ...profile,
      description: 'The bank',
    });
  });

  it('settings are set one by one', async () => {
    await at('POST /…/settings', { json: { calling: { status: 'enabled', call_icon_visibility: 'hidden' } } });
    await at('POST /…/settings', { json: { user_identity_change: { enabled: true } } });
    await at('POST /…/settings', { json: { storage_configuration: { enabled: true, region: 'DE' } } });
    const key = publicKey();
    const clientKey = Buffer.from(key).toString('base64');
    await at('POST /…/settings', { json: { payload_encryption: { status: 'enabled', client_encryption_key: clientKey } } });
    expect(await at('GET /…/settings')).toMatchObject({
      calling: { status: 'enabled', call_icon_visibility: 'hidden' },
      user_identity_change: { enable_identity_key_check: true },
      storage_configuration: { status: 'in_country_storage_enabled', data_localization_region: 'DE' },
      payload_encryption: { status: 'enabled' },
    });
    await at('POST /…/settings', { json: { payload_encryption: { status: 'disabled' } } });
    await at('POST /…/settings', { json: { storage_configuration: { enabled: false } } });
    await at('POST /…/settings', { json: { user_identity_change: { enabled: false } } });
  });

  it('a chat has commands and prompts, which are a node of their own', async () => {
    const commands = [{ command_name: 'tickets', command_description: 'Book flight tickets' }];
    await at('POST /…/conversational_automation', { json: { enable_welcome_message: true, prompts: ['Hello?'], commands } });
    const read = await at('GET /…', { query: { fields: 'id,conversational_automation' } });
    const { id, ...automation } = read.conversational_automation;
    expect(automation).toEqual({ enable_welcome_message: true, prompts: ['Hello?'], commands });
    expect(await contract().ask('GET /{WABA-Bot-ID}', { path: { 'WABA-Bot-ID': id } })).toEqual({ id, ...automation });

    const { display_phone_number } = await at('GET /…', { query: { fields: 'id,display_phone_number' } });
    const digits = display_phone_number.replaceAll(/\D/g, '');
    const { handset } = await bench().newSim();
    const open = async () => (await bench().handset(`chats/${digits}/open`, handset, {})).json;
    const chat = { number: digits, prompts: ['Hello?'], commands: [{ name: 'tickets', description: 'Book flight tickets' }] };
    expect(await open()).toMatchObject({ ...chat, greeted: true });
    expect(await open()).toMatchObject({ ...chat, greeted: false });
    // Whoever has opened the chat has opened the window, too.
    const text = { messaging_product: 'whatsapp', to: handset.waId, type: 'text', text: { body: 'Welcome' } };
    const sent = await contract().request('POST /{Phone-Number-ID}/messages', { path: path(), json: text });
    expect(await bench().arrives(sent.json.messages[0].id, handset)).toMatchObject({ text: { body: 'Welcome' } });
    await at('POST /…/conversational_automation', { json: { enable_welcome_message: false, prompts: [], commands: [] } });
  });

  it('commerce settings, the business’s key and who answers for it are kept', async () => {
    await at('POST /…/whatsapp_commerce_settings', { query: { is_cart_enabled: 'false', is_catalog_visible: 'true' } });
    expect((await at('GET /…/whatsapp_commerce_settings')).data).toMatchObject([
      { is_cart_enabled: false, is_catalog_visible: true },
    ]);
    const key = publicKey();
    const form = new FormData();
    form.set('business_public_key', key);
    await at('POST /…/whatsapp_business_encryption', { form });
    expect(await at('GET /…/whatsapp_business_encryption')).toEqual({
      data: [{ business_public_key: key, business_public_key_signature_status: 'VALID' }],
    });
    const info = {
      entity_name: 'Lucky Bank',
      entity_type: 'PARTNERSHIP',
      is_registered: true,
      grievance_officer_details: { name: 'Ada', email: 'ada@example.org' },
      customer_care_details: { email: 'care@example.org' },
    };
    await at('POST /…/business_compliance_info', { json: { messaging_product: 'whatsapp', ...info } });
    expect((await at('GET /…/business_compliance_info')).data).toMatchObject([info]);
  });

  it('a QR code leads to a chat, and has an image', async () => {
    const made = await at('POST /…/message_qrdls', { json: { prefilled_message: 'Good day', generate_qr_image: 'PNG' } });
    const image = await call(made.qr_image_url);
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect((await call(made.qr_image_url.replace('format=PNG', 'format=SVG'))).status).toBe(400);
    await at('POST /…/message_qrdls', { json: { code: made.code, prefilled_message: 'Good evening' } });
    const code = { ...path(), 'QR-Code-ID': made.code };
    expect(await contract().ask('GET /{Phone-Number-ID}/message_qrdls/{QR-Code-ID}', { path: code })).toMatchObject({
      prefilled_message: 'Good evening',
      deep_link_url: made.deep_link_url,
    });
    const listed = await at('GET /…/message_qrdls', {
      query: { fields: 'code,prefilled_message,deep_link_url,qr_image_url.format(SVG)' },
    });
    expect(listed.data.map((one: any) => one.code)).toContain(made.code);
    const { handset } = await bench().newSim();
    expect((await bench().handset(`links/${made.code}`, handset)).json).toMatchObject({ text: 'Good evening' });
    const followed = await fetch(made.deep_link_url, { redirect: 'manual' });
    expect(followed.headers.get('location')).toMatch(/^https:\/\/wa\.me\/\d+\?text=Good\+evening$/);
    await contract().ask('DELETE /{Phone-Number-ID}/message_qrdls/{QR-Code-ID}', { path: code });
    expect((await fetch(made.deep_link_url, { redirect: 'manual' })).status).toBe(400);
  });

  it('a blocked customer is neither heard nor written to, until unblocked', async () => {
    const { ben } = bench();
    await bench().writes({ type: 'text', text: { body: 'Before' } }, ben);
    const people = { messaging_product: 'whatsapp', block_users: [{ user: `+${ben.waId}` }] };
    expect(await at('POST /…/block_users', { json: people })).toEqual({
      messaging_product: 'whatsapp',
      block_users: { added_users: [{ input: `+${ben.waId}`, wa_id: ben.waId }] },
    });
    expect((await at('GET /…/block_users')).data).toEqual([{ messaging_product: 'whatsapp', wa_id: ben.waId }]);
    const text = { messaging_product: 'whatsapp', to: ben.waId, type: 'text', text: { body: 'Hello Ben' } };
    const refused = await contract().request('POST /{Phone-Number-ID}/messages', { path: path(), json: text });
    expect(refused.json.error.code).toBe(130_403);
    const mixed = { ...people, block_users: [...people.block_users, { user: '+491713999999' }] };
    const both = await contract().request('POST /{Phone-Number-ID}/block_users', { path: path(), json: mixed });
    expect(both.status).toBe(400);
    expect(both.json).toMatchObject({
      block_users: {
        added_users: [{ wa_id: ben.waId }],
        failed_users: [{ input: '+491713999999', errors: [{ code: 131_047 }] }],
      },
      error: { code: 139_100 },
    });
    expect(await at('DELETE /…/block_users', { json: people })).toMatchObject({
      block_users: { removed_users: [{ input: `+${ben.waId}`, wa_id: ben.waId }] },
    });
    expect((await at('GET /…/block_users')).data).toEqual([]);
    await contract().request('POST /{Phone-Number-ID}/messages', { path: path(), json: text });
  });

  it('a message has a history', async () => {
    const { ada } = bench();
    await bench().writes({ type: 'text', text: { body: 'Hello' } }, ada);
    const text = { messaging_product: 'whatsapp', to: ada.waId, type: 'text', text: { body: 'Remember this' } };
    const sent = await contract().request('POST /{Phone-Number-ID}/messages', { path: path(), json: text });
    const messageId: string = sent.json.messages[0].id;
    const entry = await eventually('the message is delivered', async () => {
      const { data } = await at('GET /…/message_history', { query: { message_id: messageId } });
      return data[0].events.data.some((event: any) => event.delivery_status === 'DELIVERED') ? data[0] : undefined;
    });
    expect(entry.message_id).toBe(messageId);
    const events = await contract().ask('GET /{Message-History-ID}/events', {
      path: { 'Message-History-ID': entry.id },
      query: { status_filter: 'DELIVERED' },
    });
    expect(events.data.map((event: any) => event.node.delivery_status)).toEqual(['DELIVERED']);
  });
}

function publicKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;
}
