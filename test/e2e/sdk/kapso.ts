import { WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { normalizeWebhook, verifySignature } from '@kapso/whatsapp-cloud-api/server';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClientBench } from '../../support/client-bench.js';
import { blobOf, sampleMedia } from '../../support/sample-media.js';
import { eventually } from '../../support/the-node.js';
import { bodyOf, listen } from '../../support/web-listener.js';
import { type Watched, watch } from './watched-client.js';

/** What this client offers beyond what the node serves. */
const elsewhere: Readonly<Record<string, string>> = {
  'messages.query': 'its maker’s own service',
  'messages.get': 'its maker’s own service',
  'messages.listByConversation': 'its maker’s own service',
  'templates.get': 'its maker’s own service: the platform has no such path',
  'templates.delete': 'templates',
  'messages.sendInteractiveCallPermission': 'calling',
  'calls.connect': 'calling',
  'calls.preAccept': 'calling',
  'calls.accept': 'calling',
  'calls.reject': 'calling',
  'calls.terminate': 'calling',
  'calls.permissions.get': 'calling',
  'calls.list': 'its maker’s own service',
  'calls.get': 'its maker’s own service',
};
const ITS_OWN_SERVICE = /^(conversations|contacts)\./;
const FLOWS = /^flows\./;

/** `@kapso/whatsapp-cloud-api`, told nothing but the node's address. */
export function kapsosClient(bench: () => ClientBench): void {
  describe('@kapso/whatsapp-cloud-api', () => {
    let watched: Watched<WhatsAppClient>;
    let client: WhatsAppClient;
    const to = () => ({ phoneNumberId: bench().phoneNumberId, to: bench().ada.waId });

    beforeAll(() => {
      const { baseUrl, graph } = bench().sandbox;
      const real = new WhatsAppClient({ baseUrl, accessToken: graph.accessToken });
      watched = watch(real, (name) =>
        /^(client|transport|fetchImpl|config|request|fetch|rawFetch|build.*|__.*|isKapsoProxy|accessToken|kapsoProxy|lastDeployedHashes|.*Sender|normalize.*|extract.*)$/.test(
          name,
        ),
      );
      ({ client } = watched);
    });

    const arrived = async (sent: any, type: string): Promise<void> => {
      expect(sent).toMatchObject({ messagingProduct: 'whatsapp', contacts: [{ waId: bench().ada.waId }] });
      expect(await bench().arrives(sent.messages[0].id)).toMatchObject({ type });
    };

    it('texts, places, cards and templates', async () => {
      const quoted = await bench().writes();
      const text = await client.messages.sendText({
        ...to(),
        body: 'Guten Tag',
        previewUrl: false,
        contextMessageId: quoted,
        bizOpaqueCallbackData: 'K-1',
      });
      await arrived(text, 'text');
      const location = { latitude: 52.5, longitude: 13.4, name: 'Amt', address: 'Hof 1' };
      await arrived(await client.messages.sendLocation({ ...to(), location }), 'location');
      const contacts = [{ name: { formattedName: 'Dora', firstName: 'Dora' }, phones: [{ phone: '+49171', type: 'WORK' }] }];
      await arrived(await client.messages.sendContacts({ ...to(), contacts }), 'contacts');
      const template = { name: 'hello_world', language: { code: 'en_US' } };
      await arrived(await client.messages.sendTemplate({ ...to(), template }), 'template');
      const payload = {
        messagingProduct: 'whatsapp',
        recipientType: 'individual',
        to: `+${bench().ada.waId}`,
        type: 'text',
        text: { body: 'roh' },
      };
      await arrived(await client.messages.sendRaw({ phoneNumberId: bench().phoneNumberId, payload } as never), 'text');
    });

    it('media of every kind', async () => {
      const upload = async (kind: keyof typeof sampleMedia): Promise<{ readonly id: string }> => {
        const { type, filename } = sampleMedia[kind];
        const { phoneNumberId } = bench();
        const { id } = await client.media.upload({ phoneNumberId, type, file: blobOf(kind), fileName: filename });
        return { id };
      };
      const { messages } = client;
      const image = { ...(await upload('image')), caption: 'Punkt' };
      await arrived(await messages.sendImage({ ...to(), image }), 'image');
      await arrived(await messages.sendAudio({ ...to(), audio: await upload('audio') }), 'audio');
      await arrived(await messages.sendVideo({ ...to(), video: await upload('video') }), 'video');
      const document = { ...(await upload('document')), filename: 'a.pdf' };
      await arrived(await messages.sendDocument({ ...to(), document }), 'document');
      await arrived(await messages.sendSticker({ ...to(), sticker: await upload('sticker') }), 'sticker');
    });

    it('uploads, describes, downloads and deletes a file', async () => {
      const { type, filename, bytes } = sampleMedia.image;
      const { phoneNumberId } = bench();
      const file = blobOf('image');
      const { id } = await client.media.upload({ phoneNumberId, type, file, fileName: filename, uploadStrategy: 'default' });
      expect(await client.media.get({ mediaId: id, phoneNumberId })).toMatchObject({ id, mimeType: type });
      for (const auth of ['auto', 'always', 'never'] as const) {
        const downloaded = await client.media.download({ mediaId: id, phoneNumberId, auth });
        expect(Buffer.from(downloaded as ArrayBuffer).equals(bytes)).toBe(true);
      }
      expect(await client.media.delete({ mediaId: id, phoneNumberId })).toEqual({ success: true });
      await expect(client.media.get({ mediaId: id })).rejects.toMatchObject({
        name: 'GraphApiError',
        code: 100,
        httpStatus: 400,
      });
    });

    it('reactions and read marks', async () => {
      const messageId = await bench().writes();
      const { phoneNumberId } = bench();
      expect(await client.messages.markRead({ phoneNumberId, messageId, typingIndicator: { type: 'text' } })).toEqual({
        success: true,
      });
      const reacted = await client.messages.sendReaction({ ...to(), reaction: { messageId, emoji: '👍' } });
      expect(reacted.messages[0]!.id).toMatch(/^wamid\./);
    });

    it('interactive messages of every kind', async () => {
      const { messages } = client;
      const bodyText = 'Bitte wählen';
      const rows = [{ id: 'r1', title: 'Eins', description: 'das erste' }];
      const image = { id: await bench().upload('image') };
      await arrived(
        await messages.sendInteractiveButtons({
          ...to(),
          bodyText,
          footerText: 'Fuß',
          header: { type: 'image', image },
          buttons: [{ id: 'ja', title: 'Ja' }],
        }),
        'interactive',
      );
      await arrived(
        await messages.sendInteractiveList({ ...to(), bodyText, buttonText: 'Liste', sections: [{ title: 'Teil', rows }] }),
        'interactive',
      );
      await arrived(
        await messages.sendInteractiveCtaUrl({
          ...to(),
          bodyText,
          header: { type: 'text', text: 'Kopf' },
          parameters: { displayText: 'Öffnen', url: 'https://example.com' },
        }),
        'interactive',
      );
      await arrived(
        await messages.sendInteractiveLocationRequest({ ...to(), bodyText, parameters: { requestMessage: 'Wo sind Sie?' } }),
        'interactive',
      );
      const parameters = { flowId: '1', flowCta: 'Los', flowToken: 'T', flowAction: 'navigate', mode: 'draft' } as const;
      const flowActionPayload = { screen: 'EINS', data: { wert: 1 } };
      await arrived(
        await messages.sendInteractiveFlow({ ...to(), bodyText, parameters: { ...parameters, flowActionPayload } }),
        'interactive',
      );
      await arrived(
        await messages.sendInteractiveProduct({ ...to(), bodyText, catalogId: '7', productRetailerId: 'P1' }),
        'interactive',
      );
      await arrived(
        await messages.sendInteractiveProductList({
          ...to(),
          bodyText,
          header: { type: 'text', text: 'Kopf' },
          catalogId: '7',
          sections: [{ title: 'Teil', productItems: [{ productRetailerId: 'P1' }] }],
        }),
        'interactive',
      );
      await arrived(
        await messages.sendInteractiveCatalogMessage({ ...to(), bodyText, parameters: { thumbnailProductRetailerId: 'P1' } }),
        'interactive',
      );
      // Addresses are asked for in India alone.
      const asha = await bench().newCustomer('912025550142', 'Asha');
      await bench().writes({ to: bench().businessNumber, type: 'text', text: { body: 'Namaste' } }, asha);
      const asked = await messages.sendInteractiveAddress({
        ...to(),
        to: asha.waId,
        bodyText,
        parameters: { country: 'IN', values: { name: 'Asha', inPinCode: '400063' } },
      });
      expect(await bench().arrives(asked.messages[0]!.id, asha)).toMatchObject({ interactive: { type: 'address_message' } });
      const card = (cardIndex: number) => ({
        cardIndex,
        header: { type: 'image', image } as const,
        bodyText: 'Karte',
        action: { displayText: 'Öffnen', url: 'https://example.com' },
      });
      await arrived(await messages.sendInteractiveCarousel({ ...to(), bodyText, cards: [card(0), card(1)] }), 'interactive');
      const interactive = { type: 'button', body: { text: 'roh' }, action: { buttons: [{ type: 'reply', reply: rows[0] }] } };
      await arrived(await messages.sendInteractiveRaw({ ...to(), interactive } as never), 'interactive');
    });

    it('templates', async () => {
      const { wabaId: businessAccountId } = bench().sandbox.graph;
      const name = `kapso_${bench().serial()}`;
      const components = [{ type: 'BODY', text: 'Guten Tag.' }] as const;
      const made = await client.templates.create({
        businessAccountId,
        name,
        language: 'de',
        category: 'UTILITY',
        components: [...components] as never,
      });
      expect(made).toMatchObject({ status: 'PENDING' });
      const listed = await client.templates.list({ businessAccountId, name, limit: 10 });
      expect(listed.data).toMatchObject([{ name, language: 'de' }]);
    });

    it('a number from the code to its retirement', async () => {
      const { id: phoneNumberId, pin, handset } = await bench().newNumber();
      const old = await bench().codeOn(handset);
      const { phoneNumbers } = client;
      expect(await phoneNumbers.deregister({ phoneNumberId })).toEqual({ success: true });
      expect(await phoneNumbers.requestCode({ phoneNumberId, codeMethod: 'SMS', language: 'en_US' })).toEqual({ success: true });
      const code = await bench().codeOn(handset, old);
      expect(await phoneNumbers.verifyCode({ phoneNumberId, code })).toMatchObject({ success: true });
      expect(await phoneNumbers.register({ phoneNumberId, pin })).toEqual({ success: true });
    });

    it('settings and the business profile', async () => {
      const { phoneNumberId } = bench();
      const { settings, businessProfile } = client.phoneNumbers;
      const storageConfiguration = { status: 'in_country_storage_enabled', dataLocalizationRegion: 'DE' };
      expect(await settings.update({ phoneNumberId, storageConfiguration } as never)).toEqual({ success: true });
      expect(await settings.get({ phoneNumberId })).toMatchObject({ storageConfiguration });
      const profile = { about: 'Wir sind da', email: 'amt@example.com', websites: ['https://example.com'], vertical: 'FINANCE' };
      expect(await businessProfile.update({ phoneNumberId, ...profile })).toEqual({ success: true });
      const read = await businessProfile.get({ phoneNumberId, fields: 'about,email,websites,vertical' });
      expect(read.data).toMatchObject([profile]);
    });

    it('hears what the customer writes, by its own check and its own reading', async () => {
      const app = await bench().newApp('Kapso');
      const heard: any[] = [];
      const listener = await listen(async (request, response) => {
        if (request.method === 'GET') {
          response.end(new URL(request.url ?? '/', 'http://client').searchParams.get('hub.challenge'));
          return;
        }
        const rawBody = await bodyOf(request);
        const signatureHeader = request.headers['x-hub-signature-256'] as string;
        const good = verifySignature({ appSecret: app.appSecret, rawBody, signatureHeader });
        if (good) heard.push(normalizeWebhook(JSON.parse(rawBody)));
        response.writeHead(good ? 200 : 401).end();
      });
      try {
        expect((await bench().subscribe(app, listener.url, 'kapso')).json).toEqual({ success: true });
        const id = await bench().writes({ type: 'text', text: { body: 'Grüße 🙂' } });
        const message = await eventually('its handler hears', () =>
          heard.flatMap(({ messages }) => messages).find((one) => one.id === id),
        );
        expect(message).toMatchObject({ type: 'text', text: { body: 'Grüße 🙂' }, from: bench().ada.waId });
        const sent = await client.messages.sendText({ ...to(), body: 'Antwort' });
        await eventually('its handler hears of the delivery', () =>
          heard.flatMap(({ statuses }) => statuses).find((one) => one.id === sent.messages[0]!.id && one.status === 'delivered'),
        );
      } finally {
        await listener.close();
      }
    });

    it('has no other call', () => {
      const left = watched.offered.filter(
        (name) => !watched.done.has(name) && !(name in elsewhere) && !ITS_OWN_SERVICE.test(name) && !FLOWS.test(name),
      );
      expect(left).toEqual([]);
      expect(Object.keys(elsewhere).filter((name) => !watched.offered.includes(name) || watched.done.has(name))).toEqual([]);
    });
  });
}
