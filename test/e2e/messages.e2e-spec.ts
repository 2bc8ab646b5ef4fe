import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ClientBench, type Customer } from '../support/client-bench.js';
import { type SampleMedia, sampleMedia } from '../support/sample-media.js';
import { call, eventually, liftTrafficLimits, type NodeUnderTest, theNode } from '../support/the-node.js';
import { WebhookCatcher } from '../support/webhook-catcher.js';

/** What messages carry, both ways: files behind links, and everything that a customer can write. */
describe('messages', () => {
  let under: NodeUnderTest;
  let bench: ClientBench;
  let catcher: WebhookCatcher;
  let files: Server;

  beforeAll(async () => {
    under = await theNode();
    await liftTrafficLimits(under);
    bench = new ClientBench(under.sandbox);
    await bench.admin('settings', { media: { allowHttp: true, allowLoopback: true, allowAnyPort: true } }, 'PATCH');
    catcher = await WebhookCatcher.open();
    const app = await bench.newApp('Messages');
    expect((await bench.subscribe(app, catcher.url, catcher.verifyToken)).json).toEqual({ success: true });
    files = createServer((request, response) => {
      const kind = new URL(request.url ?? '/', 'http://files').pathname.slice(1) as keyof typeof sampleMedia;
      const file = sampleMedia[kind];
      if (file === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': file.type }).end(file.bytes);
    });
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    await bench.writes();
  });
  afterAll(async () => {
    files.closeAllConnections();
    files.close();
    await catcher.close();
    await under.close();
  });

  const at = (kind: string): string => `http://127.0.0.1:${(files.address() as AddressInfo).port}/${kind}`;
  const send = async (json: object): Promise<string> => {
    const answer = await call(`${bench.graph}/${bench.phoneNumberId}/messages`, {
      token: bench.token,
      json: { messaging_product: 'whatsapp', to: bench.ada.waId, ...json },
    });
    expect(answer, answer.text).toMatchObject({ status: 200 });
    return answer.json.messages[0].id;
  };
  const text = (body: string) => ({ type: 'text', text: { body } });
  const image = (link: string) => ({ type: 'image', image: { link } });
  const card = (index: number, link: string) => ({
    card_index: index,
    type: 'cta_url',
    header: image(link),
    body: { text: 'Karte' },
    action: { name: 'cta_url', parameters: { display_text: 'Öffnen', url: 'https://example.com' } },
  });
  const carousel = (...links: readonly string[]) => ({
    type: 'interactive',
    interactive: {
      type: 'carousel',
      body: { text: 'Bitte wählen' },
      action: { cards: links.map((link, index) => card(index, link)) },
    },
  });
  const buttons = (header: object) => ({
    type: 'interactive',
    interactive: {
      type: 'button',
      header,
      body: { text: 'Gut?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'ja', title: 'Ja' } }] },
    },
  });

  describe('behind a link', () => {
    it.each<[string, () => object, (message: any) => any[], keyof typeof sampleMedia]>([
      ['a picture', () => image(at('image')), ({ image: shown }) => [shown], 'image'],
      ['a sticker', () => ({ type: 'sticker', sticker: { link: at('sticker') } }), ({ sticker }) => [sticker], 'sticker'],
      [
        'the header of buttons',
        () => buttons({ type: 'document', document: { link: at('document'), filename: 'a.pdf' } }),
        ({ interactive }) => [interactive.header.document],
        'document',
      ],
      [
        'the cards of a carousel',
        () => carousel(at('image'), at('image?2')),
        ({ interactive }) => interactive.action.cards.map(({ header }: any) => header.image),
        'image',
      ],
    ])('%s is fetched by the node, and downloaded from it by the customer', async (_, json, shown, kind) => {
      for (const media of shown(await bench.arrives(await send(json())))) {
        expect(media).not.toHaveProperty('link');
        const file = await fetch(`${bench.sandbox.baseUrl}/handset/v1/media/${media.id}`, {
          headers: { authorization: `Bearer ${bench.ada.token}` },
        });
        expect(file.status).toBe(200);
        expect(Buffer.from(await file.arrayBuffer()).equals(sampleMedia[kind].bytes)).toBe(true);
      }
    });

    it.each<[string, () => object]>([
      ['a document for a picture', () => image(at('document'))],
      ['a picture for a sticker', () => ({ type: 'sticker', sticker: { link: at('image') } })],
      ['a song for a voice message', () => ({ type: 'audio', audio: { link: at('music'), voice: true } })],
      ['nothing', () => image(at('gone'))],
      ['a film in a header for a picture', () => buttons(image(at('video')))],
      ['a document on the second card', () => carousel(at('image'), at('document'))],
    ])('%s is taken, and fails with 131053', async (_, json) => {
      const id = await send(json());
      const [failed] = await eventually('it fails', () => {
        const statuses = catcher.graphStatuses(id).filter(({ status }) => status === 'failed');
        return statuses.length > 0 ? statuses : undefined;
      });
      expect(failed.errors).toMatchObject([{ code: 131_053, title: 'Media upload error' }]);
      // What follows for the same customer is not held up.
      expect(await bench.arrives(await send({ type: 'text', text: { body: 'Weiter' } }))).toMatchObject({ type: 'text' });
    });
  });

  describe('with media by its id', () => {
    const failed = (id: string): Promise<any> =>
      eventually('it fails', () => catcher.graphStatuses(id).find(({ status }) => status === 'failed'));
    const media = async (kind: SampleMedia) => ({ id: await bench.upload(kind) });

    it.each<[string, () => Promise<object>, RegExp]>([
      [
        'a picture as a sound',
        async () => ({ type: 'audio', audio: await media('image') }),
        /image\/png cannot be sent as audio/,
      ],
      ['a document as a picture', async () => ({ type: 'image', image: await media('document') }), /pdf cannot be sent as image/],
      ['a sticker as a picture', async () => ({ type: 'image', image: await media('sticker') }), /webp cannot be sent as image/],
      ['a sound as a film', async () => ({ type: 'video', video: await media('audio') }), /ogg cannot be sent as video/],
      [
        'a film in a header for a picture',
        async () => buttons({ type: 'image', image: await media('video') }),
        /mp4 cannot be sent as image/,
      ],
      [
        'a song as a voice message',
        async () => ({ type: 'audio', audio: { ...(await media('music')), voice: true } }),
        /mpeg cannot be sent as a voice message/,
      ],
      [
        'a sound with a quotation',
        async () => ({ type: 'video', video: await media('audio'), context: { message_id: await send(text('Davor')) } }),
        /ogg cannot be sent as video/,
      ],
    ])('%s is taken, and fails with 131053', async (_, json, details) => {
      const id = await send(await json());
      const { errors } = await failed(id);
      expect(errors).toMatchObject([
        { code: 131_053, title: 'Media upload error', error_data: { details: expect.stringMatching(details) } },
      ]);
      expect(catcher.graphStatuses(id).map(({ status }) => status)).toEqual(['failed']);
      await bench.arrives(await send(text('Weiter')));
    });

    it('anything goes as a document', async () => {
      const shown = await bench.arrives(await send({ type: 'document', document: await media('image') }));
      expect(shown.document).toMatchObject({ id: expect.any(String) });
    });
  });

  describe('that are listened to', () => {
    const played = (id: string) =>
      call(`${bench.sandbox.baseUrl}/handset/v1/messages/${id}/played`, { method: 'POST', token: bench.ada.token });

    it('are told as played, once, after they were read', async () => {
      const id = await send({ type: 'audio', audio: { id: await bench.upload('audio'), voice: true } });
      await bench.arrives(id);
      expect(await played(id)).toMatchObject({ status: 200, json: { success: true } });
      expect(await played(id)).toMatchObject({ status: 200 });
      await eventually('it is told', () => catcher.graphStatuses(id).some(({ status }) => status === 'played') || undefined);
      const last = await send({ type: 'text', text: { body: 'Danach' } });
      await eventually('what follows is told', () => catcher.graphStatuses(last).length > 1 || undefined);
      const statuses = catcher.graphStatuses(id);
      expect(statuses.map(({ status }) => status)).toEqual(['sent', 'delivered', 'read', 'played']);
      expect(statuses[3]).toMatchObject({ recipient_id: bench.ada.waId, timestamp: expect.stringMatching(/^\d{10}$/) });
      expect(statuses[3]).not.toHaveProperty('pricing');
      expect(await bench.arrives(id)).toMatchObject({ status: 'read' });
    });

    it('are told as played from a socket, too', async () => {
      const socket = new WebSocket(`${bench.sandbox.baseUrl.replace('http', 'ws')}/handset/v1/socket`, {
        headers: { authorization: `Bearer ${bench.ben.token}` },
      });
      const frames: any[] = [];
      socket.on('message', (data) => frames.push(JSON.parse(String(data))));
      await eventually('it is attached', () => frames.find(({ type }) => type === 'attached'));
      await bench.writes(undefined, bench.ben);
      const sound = await send({ to: bench.ben.waId, type: 'audio', audio: { id: await bench.upload('audio') } });
      const words = await send({ to: bench.ben.waId, ...text('Stumm') });
      const pushed = (id: string): unknown =>
        frames.flatMap(({ messages = [] }) => messages).find((message: { readonly id: string }) => message.id === id);
      await eventually('they are pushed', () => (pushed(sound) && pushed(words)) || undefined);
      const receipts = [sound, words].flatMap((id) => ['delivered', 'played'].map((status) => ({ id, status })));
      socket.send(JSON.stringify({ type: 'receipts', receipts }));
      const told = (id: string): readonly string[] => catcher.graphStatuses(id).map(({ status }) => status);
      await eventually('it is told', () => told(sound).includes('played') || undefined);
      expect(told(sound)).toEqual(['sent', 'delivered', 'read', 'played']);
      expect(told(words)).toEqual(['sent', 'delivered']);
      socket.close();
    });

    it('are audio: nothing else is played', async () => {
      const id = await send({ type: 'text', text: { body: 'Stumm' } });
      await bench.arrives(id);
      expect(await played(id)).toMatchObject({ status: 404 });
    });
  });

  describe('of a customer', () => {
    const told = (id: string): Promise<any> =>
      eventually(`${id} is told`, () =>
        catcher
          .graphValues()
          .flatMap((value) => value.messages ?? [])
          .find((message: any) => message.id === id),
      );
    const uploaded = async (kind: keyof typeof sampleMedia): Promise<string> => {
      const { type, bytes } = sampleMedia[kind];
      const answer = await call(`${bench.sandbox.baseUrl}/handset/v1/media`, {
        token: bench.ada.token,
        body: bytes,
        headers: { 'content-type': type },
      });
      return answer.json.id;
    };
    const file = (kind: keyof typeof sampleMedia, more: object = {}) => ({
      id: expect.stringMatching(/^\d+$/),
      mime_type: sampleMedia[kind].type,
      sha256: expect.stringMatching(/^[\w+/]{43}=$/),
      ...more,
    });
    const product_items = [{ product_retailer_id: 'P1', quantity: 2, item_price: 9.5, currency: 'EUR' }];

    it.each<[string, () => Promise<object> | object, () => object]>([
      ['text', () => ({ text: { body: 'Hallo' } }), () => ({ text: { body: 'Hallo' } })],
      [
        'image',
        async () => ({ image: { id: await uploaded('image'), caption: 'Seht' } }),
        () => ({ image: file('image', { caption: 'Seht' }) }),
      ],
      ['video', async () => ({ video: { id: await uploaded('video') } }), () => ({ video: file('video') })],
      [
        'audio',
        async () => ({ audio: { id: await uploaded('audio'), voice: true } }),
        () => ({ audio: file('audio', { voice: true }) }),
      ],
      [
        'document',
        async () => ({ document: { id: await uploaded('document'), filename: 'a.pdf' } }),
        () => ({ document: file('document', { filename: 'a.pdf' }) }),
      ],
      [
        'sticker',
        async () => ({ sticker: { id: await uploaded('sticker'), animated: false } }),
        () => ({ sticker: file('sticker', { animated: false }) }),
      ],
      [
        'location',
        () => ({ location: { latitude: 52.5, longitude: 13.4, name: 'Amt' } }),
        () => ({ location: { latitude: 52.5, longitude: 13.4, name: 'Amt' } }),
      ],
      [
        'contacts',
        () => ({ contacts: [{ name: { formatted_name: 'Dora', first_name: 'Dora' } }] }),
        () => ({ contacts: [{ name: { formatted_name: 'Dora', first_name: 'Dora' } }] }),
      ],
      ['button', () => ({ button: { payload: 'ja', text: 'Ja' } }), () => ({ button: { payload: 'ja', text: 'Ja' } })],
      [
        'interactive',
        () => ({ interactive: { type: 'button_reply', button_reply: { id: 'ja', title: 'Ja' } } }),
        () => ({ interactive: { type: 'button_reply', button_reply: { id: 'ja', title: 'Ja' } } }),
      ],
      [
        'interactive',
        () => ({ interactive: { type: 'list_reply', list_reply: { id: 'r1', title: 'Eins', description: 'das erste' } } }),
        () => ({ interactive: { type: 'list_reply', list_reply: { id: 'r1', title: 'Eins', description: 'das erste' } } }),
      ],
      [
        'interactive',
        () => ({ interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } } }),
        () => ({ interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } } }),
      ],
      [
        'order',
        () => ({ order: { catalog_id: '7', text: 'Bitte', product_items } }),
        () => ({ order: { catalog_id: '7', text: 'Bitte', product_items } }),
      ],
      [
        'unsupported',
        () => ({ unsupported: { type: 'poll' } }),
        () => ({ unsupported: { type: 'poll' }, errors: [{ code: 131_051 }] }),
      ],
      [
        'unsupported',
        () => ({ unsupported: { type: 'video' }, errors: [{ code: 131_052 }] }),
        () => ({ errors: [{ code: 131_052, title: 'Media download error' }] }),
      ],
      [
        'system',
        () => ({ system: { type: 'user_identity_changed', body: 'Neues Gerät' } }),
        () => ({ system: { type: 'user_identity_changed', body: 'Neues Gerät', identity: expect.any(String) } }),
      ],
    ])('%s is told', async (type, given, wanted) => {
      const message = await told(await bench.writes({ type, ...(await given()) }));
      expect(message).toMatchObject({ type, timestamp: expect.stringMatching(/^\d{10}$/), ...wanted() });
      expect(message.from).toBe(bench.ada.waId);
    });

    it('the first look into a chat is told where a number greets, without a text', async () => {
      const greets = { enable_welcome_message: true };
      const answer = await call(`${bench.graph}/${bench.phoneNumberId}/conversational_automation`, {
        token: bench.token,
        json: greets,
      });
      expect(answer.status).toBe(200);
      const { handset } = await bench.newSim();
      expect((await bench.handset(`chats/${bench.businessNumber}/open`, handset, {})).json).toMatchObject({ greeted: true });
      const welcome = await eventually('it is told', () =>
        catcher
          .graphValues()
          .flatMap((value) => value.messages ?? [])
          .find((message: any) => message.type === 'request_welcome' && message.from === handset.waId),
      );
      expect(welcome).toEqual({
        from: handset.waId,
        from_user_id: expect.any(String),
        id: expect.stringMatching(/^wamid\./),
        timestamp: expect.stringMatching(/^\d{10}$/),
        type: 'request_welcome',
      });
    });

    it('a reaction is told with the message that it is about, and its removal without an emoji', async () => {
      const id = await send({ type: 'text', text: { body: 'Gefällt das?' } });
      await bench.arrives(id);
      const reacts = (reaction: object) => bench.writes({ type: 'reaction', reaction: { message_id: id, ...reaction } });
      expect((await told(await reacts({ emoji: '👍' }))).reaction).toEqual({ message_id: id, emoji: '👍' });
      expect((await told(await reacts({ emoji: '' }))).reaction).toEqual({ message_id: id });
    });

    it('an answer is told with what it quotes', async () => {
      const id = await send({ type: 'text', text: { body: 'Frage' } });
      await bench.arrives(id);
      const answer = await bench.writes({ type: 'text', text: { body: 'Antwort' }, context: { message_id: id } });
      expect((await told(answer)).context).toEqual({ from: bench.businessNumber, id });
    });

    it('another number is told with the new one', async () => {
      const { handset }: { readonly handset: Customer } = await bench.newSim();
      const system = { type: 'user_changed_number', body: 'Neue Nummer', wa_id: '4930231259999' };
      const id = await bench.writes({ to: bench.businessNumber, type: 'system', system }, handset);
      expect(await told(id)).toMatchObject({ type: 'system', from: handset.waId, system });
    });
  });
});
