import { beforeAll, describe, expect, it } from 'vitest';
import { WhatsAppAPI } from 'whatsapp-api-js/middleware/node-http';
import {
  ActionButtons,
  ActionCallPermission,
  ActionCatalog,
  ActionContactRequest,
  ActionCTA,
  ActionDataExchangeFlow,
  ActionList,
  ActionLocation,
  ActionNavigateFlow,
  ActionProduct,
  ActionProductList,
  Address,
  Audio,
  Birthday,
  Body,
  Button,
  CatalogProduct,
  Contacts,
  Document,
  Email,
  Footer,
  Header,
  Image,
  Interactive,
  ListSection,
  Location,
  Name,
  Organization,
  Phone,
  Product,
  ProductSection,
  Reaction,
  Row,
  Sticker,
  Template,
  Text,
  Url,
  Video,
} from 'whatsapp-api-js/messages';
import type { ClientBench } from '../../support/client-bench.js';
import { blobOf, sampleMedia } from '../../support/sample-media.js';
import { eventually } from '../../support/the-node.js';
import { listen } from '../../support/web-listener.js';
import { type Watched, watch } from './watched-client.js';
import { whatsappApiJsTemplates } from './whatsapp-api-js-templates.js';

/** What this client offers beyond what the node serves. */
const elsewhere: Readonly<Record<string, string>> = {
  initiateCall: 'calling',
  preacceptCall: 'calling',
  rejectCall: 'calling',
  acceptCall: 'calling',
  terminateCall: 'calling',
};
/** Reading of webhooks and the like, which the handlers call by themselves. */
const ITS_INNER = /^(on|post|get|getBody|fetch|subtle|verifyRequestSignature|\$\$apiFetch\$\$|handle_post|handle_get|key)$/;

/** `whatsapp-api-js`, whose fetch is told to go to the node instead; it leaves the version out of some addresses. */
export function whatsappApiJsClient(bench: () => ClientBench): void {
  describe('whatsapp-api-js', () => {
    let watched: Watched<WhatsAppAPI>;
    let client: WhatsAppAPI;
    const phone = () => bench().phoneNumberId;
    const ada = () => bench().ada.waId;

    const clientOf = (appSecret: string): WhatsAppAPI => {
      const { baseUrl, graph } = bench().sandbox;
      const toTheNode: typeof fetch = (url, init) =>
        fetch(String(url as string).replace('https://graph.facebook.com', baseUrl), init);
      return new WhatsAppAPI({
        token: graph.accessToken,
        appSecret,
        webhookVerifyToken: 'api-js',
        v: 'v23.0',
        ponyfill: { fetch: toTheNode },
      } as never);
    };

    beforeAll(() => {
      watched = watch(clientOf(bench().sandbox.graph.appSecret), (name) => ITS_INNER.test(name));
      ({ client } = watched);
    });

    const send = async (message: unknown, context?: string): Promise<any> => {
      const sent: any = await client.sendMessage(phone(), ada(), message as never, context, 'A-1');
      expect(sent).toMatchObject({ messaging_product: 'whatsapp', contacts: [{ wa_id: ada() }] });
      return bench().arrives(sent.messages[0].id);
    };

    it('messages of every type', async () => {
      expect(await send(new Text('Guten Tag'), await bench().writes())).toMatchObject({ type: 'text' });
      expect(await send(new Image(await bench().upload('image'), true, 'Punkt'))).toMatchObject({ type: 'image' });
      expect(await send(new Audio(await bench().upload('audio'), true))).toMatchObject({ type: 'audio' });
      expect(await send(new Video(await bench().upload('video'), true))).toMatchObject({ type: 'video' });
      expect(await send(new Document(await bench().upload('document'), true, 'Seite', 'a.pdf'))).toMatchObject({
        type: 'document',
      });
      expect(await send(new Sticker(await bench().upload('sticker'), true))).toMatchObject({ type: 'sticker' });
      expect(await send(new Location(13.4, 52.5, 'Amt', 'Hof 1'))).toMatchObject({ type: 'location' });
      const card = [
        new Name('Dora', 'Dora'),
        new Phone('+49171', 'WORK', '49171'),
        new Email('dora@example.org', 'WORK'),
        new Url('https://example.org', 'HOME'),
        new Address('Deutschland', 'de', 'BE', 'Berlin', 'Hof 1', '10115', 'HOME'),
        new Organization('Amt', 'Hof', 'Leitung'),
        new Birthday('1990', '01', '02'),
      ] as const;
      expect(await send(new Contacts([...card]))).toMatchObject({
        type: 'contacts',
        contacts: [{ birthday: '1990-01-02', org: { company: 'Amt' }, addresses: [{ city: 'Berlin' }] }],
      });
      expect(await send(new Template('hello_world', 'en_US'))).toMatchObject({ type: 'template' });
      const reacted: any = await client.sendMessage(phone(), ada(), new Reaction(await bench().writes(), '👍'));
      expect(reacted.messages[0].id).toMatch(/^wamid\./);
    });

    it('interactive messages of every kind', async () => {
      const body = new Body('Bitte wählen');
      const head = new Header('Kopf');
      const product = new Product('P1');
      const messages = [
        new Interactive(new ActionButtons(new Button('ja', 'Ja')), body, head),
        new Interactive(new ActionList('Liste', new ListSection('Teil', new Row('r1', 'Eins', 'das erste'))), body),
        new Interactive(new ActionCTA('Öffnen', 'https://example.com'), body),
        new Interactive(new ActionLocation(), body),
        new Interactive(new ActionCallPermission(), body),
        new Interactive(new ActionContactRequest(), body),
        new Interactive(new ActionDataExchangeFlow('T', '1', 'Los'), body, head, new Footer('Fuß')),
        new Interactive(new ActionNavigateFlow('T', '1', 'Los', 'EINS', { wert: 1 } as never), body),
        new Interactive(new ActionCatalog(product), body),
        new Interactive(new ActionProduct(new CatalogProduct('P1', '7')), body),
        new Interactive(new ActionProductList('7', new ProductSection('Teil', product)), body, head),
      ];
      for (const message of messages) expect(await send(message)).toMatchObject({ type: 'interactive' });
    });

    whatsappApiJsTemplates(bench, (message) => send(message));

    it('one message to many, and read marks', async () => {
      const sent: any[] = await Promise.all(
        client.broadcastMessage(phone(), [ada(), bench().ben.waId], new Text('An alle'), 50, 0),
      );
      expect(sent.map(({ contacts }) => contacts[0].wa_id)).toEqual([ada(), bench().ben.waId]);
      expect(await client.markAsRead(phone(), await bench().writes(), 'text')).toEqual({ success: true });
    });

    it('uploads, describes, downloads and deletes a file', async () => {
      const form = new FormData();
      form.set('file', blobOf('image'), 'dot.png');
      const { id }: any = await client.uploadMedia(phone(), form);
      const facts: any = await client.retrieveMedia(id, phone());
      expect(facts).toMatchObject({ id, mime_type: 'image/png' });
      const downloaded = await (await client.fetchMedia(facts.url)).arrayBuffer();
      expect(Buffer.from(downloaded).equals(sampleMedia.image.bytes)).toBe(true);
      expect(await client.deleteMedia(id, phone())).toEqual({ success: true });
      expect(await client.retrieveMedia(id)).toMatchObject({ error: { code: 100 } });
    });

    it('QR codes', async () => {
      const made: any = await client.createQR(phone(), 'Hallo', 'svg');
      expect(made).toMatchObject({ prefilled_message: 'Hallo', qr_image_url: expect.stringContaining('http') });
      const changed: any = await client.updateQR(phone(), made.code, 'Servus');
      expect(changed).toMatchObject({ code: made.code, prefilled_message: 'Servus' });
      const read: any = await client.retrieveQR(phone(), made.code);
      expect(JSON.stringify(read)).toContain('Servus');
      const listed: any = await client.retrieveQR(phone());
      expect(listed.data.map((one: any) => one.code)).toContain(made.code);
      expect(await client.deleteQR(phone(), made.code)).toEqual({ success: true });
    });

    it('blocks and unblocks a customer', async () => {
      const { ben } = bench();
      await bench().writes(undefined, ben);
      const blocked: any = await client.blockUser(phone(), ben.waId);
      expect(blocked.block_users.added_users).toMatchObject([{ input: ben.waId, wa_id: ben.waId }]);
      const unblocked: any = await client.unblockUser(phone(), ben.waId);
      expect(unblocked.block_users.removed_users).toMatchObject([{ input: ben.waId, wa_id: ben.waId }]);
    });

    it('hears all that the customer writes and all statuses, by its own handler, of one update a POST', async () => {
      // Of a POST it reads the first update alone.
      const setUpdates = (updatesPerPost: number | null): Promise<unknown> =>
        bench().admin('settings', { webhooks: { updatesPerPost } }, 'PATCH');
      await setUpdates(1);
      const app = await bench().newApp('API JS');
      const receiver = clientOf(app.appSecret);
      const heard: any[] = [];
      const told: string[] = [];
      receiver.on.message = ({ message }) => void heard.push(message);
      receiver.on.status = ({ id, status }) => void told.push(`${id} ${status}`);
      const listener = await listen(async (request, response) => {
        if (request.method === 'GET') {
          response.end(receiver.handle_get(request));
          return;
        }
        response.writeHead(await receiver.handle_post(request)).end();
      });
      try {
        expect((await bench().subscribe(app, listener.url, 'api-js')).json).toEqual({ success: true });
        const id = await bench().writes({ type: 'text', text: { body: 'Grüße 🙂' } });
        const message = await eventually('its handler hears', () => heard.find((one) => one.id === id));
        expect(message).toMatchObject({ type: 'text', text: { body: 'Grüße 🙂' }, from: ada() });
        const sent: any[] = await Promise.all(
          client.broadcastMessage(phone(), Array.from({ length: 10 }, ada), new Text('Alles da?'), 10, 0),
        );
        const steps = sent.flatMap(({ messages }) => ['sent', 'delivered'].map((step) => `${messages[0].id} ${step}`));
        await eventually('its handler hears every step', () => steps.every((step) => told.includes(step)) || undefined);
      } finally {
        await setUpdates(null);
        await listener.close();
      }
    });

    it('has no other call', () => {
      expect(watched.offered.filter((name) => !watched.done.has(name) && !(name in elsewhere))).toEqual([]);
      expect(Object.keys(elsewhere).filter((name) => !watched.offered.includes(name) || watched.done.has(name))).toEqual([]);
    });
  });
}
