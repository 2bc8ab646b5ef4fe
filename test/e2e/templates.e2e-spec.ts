import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientBench } from '../support/client-bench.js';
import { sampleMedia } from '../support/sample-media.js';
import { type Answer, call, type NodeUnderTest, theNode } from '../support/the-node.js';

/** Templates with offers and carousels: handed in, reviewed, sent, and read by the customer. */
describe('templates', () => {
  let under: NodeUnderTest;
  let bench: ClientBench;
  let files: Server;

  beforeAll(async () => {
    under = await theNode();
    bench = new ClientBench(under.sandbox);
    await bench.admin('settings', { media: { allowHttp: true, allowLoopback: true, allowAnyPort: true } }, 'PATCH');
    files = createServer(
      (_, response) => void response.writeHead(200, { 'content-type': 'image/png' }).end(sampleMedia.image.bytes),
    );
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    files.closeAllConnections();
    files.close();
    await under.close();
  });

  const handIn = (name: string, components: readonly object[]): Promise<Answer> =>
    call(`${bench.graph}/${bench.sandbox.graph.wabaId}/message_templates`, {
      token: bench.token,
      json: { name, language: 'de', category: 'marketing', components },
    });
  const approved = async (name: string, components: readonly object[]): Promise<void> => {
    const { json, status } = await handIn(name, components);
    expect([status, json]).toMatchObject([200, { status: 'PENDING', category: 'MARKETING' }]);
    await bench.admin(`templates/${json.id}/review`, { decision: 'APPROVE' });
    const read = await call(`${bench.graph}/${json.id}`, { token: bench.token });
    expect(read.json).toMatchObject({ name, status: 'APPROVED', components });
  };
  const send = (name: string, components: readonly object[]): Promise<Answer> =>
    call(`${bench.graph}/${bench.phoneNumberId}/messages`, {
      token: bench.token,
      json: {
        messaging_product: 'whatsapp',
        to: bench.ada.waId,
        type: 'template',
        template: { name, language: { code: 'de' }, components },
      },
    });
  const text = (value: string) => ({ type: 'text', text: value });
  const body = { type: 'BODY', text: 'Für Sie, {{1}}' };
  const greeting = { type: 'body', parameters: [text('Ada')] };

  it('are read back with all that an app or a flow has to know of their buttons', async () => {
    const button = { type: 'FLOW', text: 'Buchen', flow_id: '123', flow_action: 'navigate', navigate_screen: 'START' };
    await approved('flow', [
      { type: 'BODY', text: 'Ein Termin?' },
      { type: 'BUTTONS', buttons: [button] },
    ]);
  });

  it('may ask for a call, and name it without its position', async () => {
    await approved('ring', [
      { type: 'BODY', text: 'Fragen?' },
      { type: 'BUTTONS', buttons: [{ type: 'VOICE_CALL', text: 'Anrufen', ttl_minutes: 60 }] },
    ]);
    const parameters = [{ type: 'ttl_minutes', ttl_minutes: 10 }];
    const sent = await send('ring', [{ type: 'button', sub_type: 'voice_call', parameters }]);
    expect((await bench.arrives(sent.json.messages[0].id)).filled.buttons).toEqual([{ type: 'voice_call', text: 'Anrufen' }]);
  });

  describe('with a carousel', () => {
    const card = (name: string) => ({
      components: [
        { type: 'HEADER', format: 'IMAGE' },
        { type: 'BODY', text: `${name} für {{1}}` },
        {
          type: 'BUTTONS',
          buttons: [
            { type: 'QUICK_REPLY', text: 'Mehr' },
            { type: 'URL', text: 'Kaufen', url: 'https://example.org/{{1}}' },
          ],
        },
      ],
    });
    const values = (card_index: number, image: object) => ({
      card_index,
      components: [
        { type: 'header', parameters: [{ type: 'image', image }] },
        { type: 'body', parameters: [text('3 €')] },
        { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: `mehr-${card_index}` }] },
        { type: 'button', sub_type: 'url', index: '1', parameters: [text(`nr${card_index}`)] },
      ],
    });
    const shown = (name: string, index: number) => ({
      header: { kind: 'image', media: { id: expect.stringMatching(/^\d+$/) } },
      text: `${name} für 3 €`,
      buttons: [
        { type: 'quick_reply', text: 'Mehr', payload: `mehr-${index}` },
        { type: 'url', text: 'Kaufen', url: `https://example.org/nr${index}` },
      ],
    });
    const link = () => ({ link: `http://127.0.0.1:${(files.address() as AddressInfo).port}/tee.png` });

    beforeAll(() => approved('karten', [body, { type: 'CAROUSEL', cards: [card('Tee'), card('Kaffee')] }]));

    it('are read card by card, with pictures by id and by link', async () => {
      const cards = [values(0, { id: await bench.upload('image') }), values(1, link())];
      const sent = await send('karten', [greeting, { type: 'carousel', cards }]);
      expect(sent, sent.text).toMatchObject({ status: 200 });
      const { filled } = await bench.arrives(sent.json.messages[0].id);
      expect(filled).toMatchObject({ text: 'Für Sie, Ada', cards: [shown('Tee', 0), shown('Kaffee', 1)] });
      for (const { header } of filled.cards) {
        const file = await fetch(`${bench.sandbox.baseUrl}/handset/v1/media/${header.media.id}`, {
          headers: { authorization: `Bearer ${bench.ada.token}` },
        });
        expect(Buffer.from(await file.arrayBuffer()).equals(sampleMedia.image.bytes)).toBe(true);
      }
    });

    it.each<[string, () => readonly object[], number, RegExp]>([
      ['without its cards', () => [greeting], 132_000, /2 cards, got 0/],
      ['with a card too few', () => [greeting, { type: 'carousel', cards: [values(0, link())] }], 132_000, /2 cards, got 1/],
      [
        'with a card out of place',
        () => [greeting, { type: 'carousel', cards: [values(0, link()), values(5, link())] }],
        132_012,
        /card_index 1/,
      ],
      [
        'with a card twice',
        () => [greeting, { type: 'carousel', cards: [values(0, link()), values(0, link())] }],
        131_009,
        /unique/,
      ],
      [
        'with an unknown picture',
        () => [greeting, { type: 'carousel', cards: [values(0, { id: '123' }), values(1, link())] }],
        100,
        /not a valid/,
      ],
    ])('%s are refused', async (_, components, code, details) => {
      const { status, json } = await send('karten', components());
      expect([status, json.error?.code, json.error?.error_data?.details]).toEqual([400, code, expect.stringMatching(details)]);
    });

    it('are refused for review with one card', async () => {
      const { status, json } = await handIn('eine_karte', [body, { type: 'CAROUSEL', cards: [card('Tee')] }]);
      expect([status, json.error?.code]).toEqual([400, 100]);
    });
  });

  describe('with an offer', () => {
    const end = 1_999_999_999_000;
    const until = {
      type: 'limited_time_offer',
      parameters: [{ type: 'limited_time_offer', limited_time_offer: { expiration_time_ms: end } }],
    };
    const code = { type: 'button', sub_type: 'copy_code', index: 0, parameters: [{ type: 'coupon_code', coupon_code: 'TEE25' }] };
    const shop = { type: 'button', sub_type: 'url', index: 1, parameters: [text('tee')] };

    beforeAll(() =>
      approved('angebot', [
        { type: 'LIMITED_TIME_OFFER', limited_time_offer: { text: 'Nur heute', has_expiration: true } },
        body,
        {
          type: 'BUTTONS',
          buttons: [
            { type: 'COPY_CODE', example: 'TEE25' },
            { type: 'URL', text: 'Zum Laden', url: 'https://example.org/{{1}}', example: ['https://example.org/x'] },
          ],
        },
      ]),
    );

    it('are read with their end', async () => {
      const sent = await send('angebot', [greeting, until, code, shop]);
      expect(sent, sent.text).toMatchObject({ status: 200 });
      expect((await bench.arrives(sent.json.messages[0].id)).filled).toMatchObject({
        text: 'Für Sie, Ada',
        offer: { text: 'Nur heute', expiresAt: end },
        buttons: [
          { type: 'copy_code', payload: 'TEE25' },
          { type: 'url', url: 'https://example.org/tee' },
        ],
      });
    });

    it.each<[string, readonly object[], number]>([
      ['without their end', [greeting, code, shop], 132_000],
      ['without their code', [greeting, until, shop], 132_000],
      ['with an end in words', [greeting, { ...until, parameters: [text('morgen')] }, code, shop], 132_012],
    ])('%s are refused', async (_, components, refusal) => {
      const { status, json } = await send('angebot', components);
      expect([status, json.error?.code]).toEqual([400, refusal]);
    });
  });
});
