import { Client } from '@great-detail/whatsapp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClientBench } from '../../support/client-bench.js';
import { blobOf, sampleMedia } from '../../support/sample-media.js';
import { eventually } from '../../support/the-node.js';
import { bodyOf, listen } from '../../support/web-listener.js';
import { type Watched, watch } from './watched-client.js';

/** What this client offers beyond what the node serves. */
const elsewhere: Readonly<Record<string, string>> = {
  'template.listLibrary': 'templates',
  'template.update': 'templates',
  'template.delete': 'templates',
};

/** `@great-detail/whatsapp`, told nothing but the node's address; with one of its own it leaves the version out. */
export function greatDetailsClient(bench: () => ClientBench): void {
  describe('@great-detail/whatsapp', () => {
    let watched: Watched<Client>;
    let client: Client;
    const to = () => ({ phoneNumberID: bench().phoneNumberId, to: bench().ada.waId });

    beforeAll(() => {
      const { baseUrl, graph } = bench().sandbox;
      const headers = { Authorization: `Bearer ${graph.accessToken}` };
      watched = watch(new Client({ baseUrl, graphVersion: 'v23.0', request: { headers } }), (name) =>
        /^(_transport|getEndpoint|errors)$/.test(name),
      );
      ({ client } = watched);
    });

    const send = async (message: object): Promise<any> => {
      const sent: any = await client.message.createMessage({ ...to(), ...message } as never).json();
      expect(sent).toMatchObject({ messaging_product: 'whatsapp', contacts: [{ wa_id: bench().ada.waId }] });
      return bench().arrives(sent.messages[0].id);
    };

    it('messages of every type', async () => {
      const { upload } = { upload: bench().upload.bind(bench()) };
      expect(await send({ type: 'text', text: { body: 'Guten Tag' } })).toMatchObject({ type: 'text' });
      for (const type of ['image', 'audio', 'video', 'document', 'sticker'] as const) {
        expect(await send({ type, [type]: { id: await upload(type) } })).toMatchObject({ type });
      }
      expect(await send({ type: 'location', location: { latitude: 52.5, longitude: 13.4 } })).toMatchObject({ type: 'location' });
      const contacts = [{ name: { formatted_name: 'Dora', first_name: 'Dora' } }];
      expect(await send({ type: 'contacts', contacts })).toMatchObject({ type: 'contacts' });
      const template = { name: 'hello_world', language: { code: 'en_US' } };
      expect(await send({ type: 'template', template })).toMatchObject({ type: 'template' });
      const buttons = [{ type: 'reply', reply: { id: 'ja', title: 'Ja' } }];
      const interactive = { type: 'button', body: { text: 'Gut?' }, action: { buttons } };
      expect(await send({ type: 'interactive', interactive })).toMatchObject({ type: 'interactive' });
    });

    it('reactions and read marks', async () => {
      const message_id = await bench().writes();
      const { phoneNumberId: phoneNumberID } = bench();
      const read = { phoneNumberID, message_id, status: 'read', typing_indicator: { type: 'text' } } as const;
      expect(await client.message.createStatus(read).json()).toEqual({ success: true });
      const reaction = { message_id, emoji: '👍' };
      const sent: any = await client.message.createMessage({ ...to(), type: 'reaction', reaction } as never).json();
      expect(sent.messages[0].id).toMatch(/^wamid\./);
    });

    it('uploads, describes, downloads and deletes a file', async () => {
      const { type: mimeType, filename, bytes } = sampleMedia.image;
      const { phoneNumberId: phoneNumberID } = bench();
      const { id }: any = await client.media.upload({ phoneNumberID, mimeType, filename, file: blobOf('image') } as never).json();
      const facts: any = await client.media.getURL({ mediaID: id, phoneNumberID }).json();
      expect(facts).toMatchObject({ id, mime_type: mimeType });
      const downloaded = await client.media.download({ mediaURL: facts.url }).arrayBuffer();
      expect(Buffer.from(downloaded).equals(bytes)).toBe(true);
      expect(await client.media.delete({ mediaID: id, phoneNumberID }).json()).toEqual({ success: true });
      await expect(client.media.getURL({ mediaID: id }).json()).rejects.toMatchObject({ response: { status: 400 } });
    });

    it('numbers, with nested fields, in order', async () => {
      const { phoneNumberId: phoneNumberID } = bench();
      const { wabaId: businessAccountID } = bench().sandbox.graph;
      const fields = ['id', 'display_phone_number', 'verified_name', ['throughput', ['level']]] as never;
      const number = await client.phoneNumbers.getPhoneNumber({ phoneNumberID, fields }).json();
      expect(number).toMatchObject({ id: phoneNumberID, throughput: { level: 'STANDARD' } });
      const sort = 'creation_time.asc' as never;
      const listed: any = await client.phoneNumbers.listPhoneNumbers({ businessAccountID, fields, sort }).json();
      expect(listed.data[0]).toMatchObject({ id: phoneNumberID });
    });

    it('another display name', async () => {
      const { id: phoneNumberID } = await bench().newNumber();
      const changed = await client.phoneNumbers.updatePhoneNumber({ phoneNumberID, new_display_name: 'Anderes Amt' }).json();
      expect(changed).toEqual({ success: true });
      const fields = ['new_display_name'] as never;
      expect(await client.phoneNumbers.getPhoneNumber({ phoneNumberID, fields }).json()).toMatchObject({
        new_display_name: 'Anderes Amt',
      });
    });

    it('the business profile and conversational components', async () => {
      const { phoneNumberId: phoneNumberID } = bench();
      const profile = { about: 'Wir sind hier', address: 'Hof 1', description: 'Ein Amt' };
      expect(await client.businessProfile.updateBusinessProfile({ phoneNumberID, ...profile } as never).json()).toEqual({
        success: true,
      });
      const fields = ['about', 'address', 'description'] as never;
      const read: any = await client.businessProfile.getBusinessProfile({ phoneNumberID, fields }).json();
      expect(read.data).toMatchObject([profile]);
      const automation = { enable_welcome_message: true, prompts: ['Termin'], commands: [] };
      expect(
        await client.conversationalAutomation.setConversationalAutomation({ phoneNumberID, ...automation } as never).json(),
      ).toEqual({ success: true });
    });

    it('the account, its apps and its templates', async () => {
      const { wabaId: businessAccountID } = bench().sandbox.graph;
      expect(
        await client.whatsappBusinessAccount.get(businessAccountID, { fields: ['id', 'name'] as never }).json(),
      ).toMatchObject({
        id: businessAccountID,
      });
      expect(await client.subscribedApps.createSubscription({ businessAccountID } as never).json()).toEqual({ success: true });
      const apps: any = await client.subscribedApps.listSubscriptions({ businessAccountID }).json();
      const ids = apps.data.map((one: any) => one.whatsapp_business_api_data.id);
      expect(ids).toContain(bench().sandbox.graph.appId);
      const name = `great_${bench().serial()}`;
      const components = [{ type: 'BODY', text: 'Guten Tag.' }];
      const made: any = await client.template
        .create(businessAccountID, { name, language: 'de', category: 'UTILITY', components } as never)
        .json();
      const listed: any = await client.template.list(businessAccountID, { name_or_content: name, limit: 10 } as never).json();
      expect(listed.data.map((one: any) => one.name)).toContain(name);
      expect(await client.template.get(made.id, { fields: ['name', 'status'] as never }).json()).toMatchObject({ name });
    });

    it('hears what the customer writes, by its own handler', async () => {
      const app = await bench().newApp('Great Detail');
      const heard: any[] = [];
      const listener = await listen(async (request, response) => {
        const { method = '', headers } = request;
        const query = Object.fromEntries(new URL(request.url ?? '/', 'http://client').searchParams);
        if (method === 'GET') {
          const registration = await client.webhook.register({ method, query, headers } as never);
          response.end(registration.verifyToken === 'great' ? registration.accept() : registration.reject());
          return;
        }
        const event = await client.webhook.eventNotification({ method, query, headers, body: await bodyOf(request) } as never);
        await event.verifySignature(app.appSecret);
        heard.push(event.eventNotification);
        response.end(event.accept());
      });
      try {
        expect((await bench().subscribe(app, listener.url, 'great')).json).toEqual({ success: true });
        const id = await bench().writes({ type: 'text', text: { body: 'Grüße 🙂' } });
        const message = await eventually('its handler hears', () =>
          heard
            .flatMap(({ entry }) => entry)
            .flatMap(({ changes }) => changes)
            .flatMap(({ value }) => value.messages ?? [])
            .find((one) => one.id === id),
        );
        expect(message).toMatchObject({ type: 'text', text: { body: 'Grüße 🙂' } });
      } finally {
        await listener.close();
      }
    });

    it('has no other call', () => {
      expect(watched.offered.filter((name) => !watched.done.has(name) && !(name in elsewhere))).toEqual([]);
      expect(Object.keys(elsewhere).filter((name) => !watched.offered.includes(name) || watched.done.has(name))).toEqual([]);
    });
  });
}
