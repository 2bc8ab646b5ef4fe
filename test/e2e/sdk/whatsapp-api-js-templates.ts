import { expect, it } from 'vitest';
import {
  BodyComponent,
  BodyParameter,
  CarouselCard,
  CarouselComponent,
  CatalogComponent,
  CatalogProduct,
  CopyComponent,
  Currency,
  DateTime,
  Document,
  FlowComponent,
  HeaderComponent,
  HeaderParameter,
  Image,
  LTOComponent,
  Language,
  Location,
  MPMComponent,
  PayloadComponent,
  Product,
  ProductSection,
  SkipButtonComponent,
  TapTargetComponent,
  Template,
  URLComponent,
  Video,
} from 'whatsapp-api-js/messages';
import type { ClientBench } from '../../support/client-bench.js';
import { call } from '../../support/the-node.js';

/** A template of every kind that `whatsapp-api-js` can fill, read by the customer as it was filled. */
export function whatsappApiJsTemplates(bench: () => ClientBench, send: (message: unknown) => Promise<any>): void {
  const approved = async (components: readonly object[], more: object = {}): Promise<string> => {
    const name = `api_js_${bench().serial()}`;
    const definition = { name, language: 'de', category: 'MARKETING', components, ...more };
    const { json, text } = await call(`${bench().graph}/${bench().sandbox.graph.wabaId}/message_templates`, {
      token: bench().token,
      json: definition,
    });
    expect(json, text).toMatchObject({ status: 'PENDING' });
    await bench().admin(`templates/${json.id}/review`, { decision: 'APPROVE' });
    return name;
  };
  const body = { type: 'BODY', text: 'Guten Tag' };
  const buttons = (...list: readonly object[]) => ({ type: 'BUTTONS', buttons: list });
  const quickReply = { type: 'QUICK_REPLY', text: 'Ja' };
  const urlButton = { type: 'URL', text: 'Öffnen', url: 'https://example.org/{{1}}' };
  const filled = async (...given: ConstructorParameters<typeof Template>): Promise<any> => {
    const shown = await send(new Template(...given));
    expect(shown).toMatchObject({ type: 'template' });
    return shown.filled;
  };

  it('templates with texts, by number and by name', async () => {
    const numbered = await approved([
      { type: 'HEADER', format: 'TEXT', text: 'Für {{1}}' },
      { type: 'BODY', text: '{{1}} kostet {{2}} am {{3}}.' },
    ]);
    expect(
      await filled(
        numbered,
        new Language('de'),
        new HeaderComponent(new HeaderParameter('Ada')),
        new BodyComponent(
          new BodyParameter('Brot'),
          new BodyParameter(new Currency(4200, 'EUR', '4,20 €')),
          new BodyParameter(new DateTime('Montag')),
        ),
      ),
    ).toMatchObject({ header: { text: 'Für Ada' }, text: 'Brot kostet 4,20 € am Montag.' });
    const named = await approved([{ type: 'BODY', text: 'Hallo {{who}}, {{what}}!' }], { parameter_format: 'NAMED' });
    expect(
      await filled(named, 'de', new BodyComponent(new BodyParameter('guten Morgen', 'what'), new BodyParameter('Ada', 'who'))),
    ).toMatchObject({ text: 'Hallo Ada, guten Morgen!' });
  });

  it('templates with media, places and products above', async () => {
    const above = (format: string) => approved([{ type: 'HEADER', format }, body]);
    const under = async (format: string, value: ConstructorParameters<typeof HeaderParameter>[0]): Promise<any> =>
      (await filled(await above(format), 'de', new HeaderComponent(new HeaderParameter(value)))).header;
    expect(await under('IMAGE', new Image(await bench().upload('image'), true))).toMatchObject({ kind: 'image' });
    expect(await under('VIDEO', new Video(await bench().upload('video'), true))).toMatchObject({ kind: 'video' });
    const paper = new Document(await bench().upload('document'), true, undefined, 'a.pdf');
    expect(await under('DOCUMENT', paper)).toMatchObject({ kind: 'document' });
    expect(await under('LOCATION', new Location(13.4, 52.5, 'Amt', 'Hof 1'))).toMatchObject({ location: { name: 'Amt' } });
  });

  it('templates with every button that takes a value', async () => {
    const mixed = await approved([
      body,
      buttons(quickReply, { ...quickReply, text: 'Nein' }, urlButton, { type: 'COPY_CODE', example: 'A' }),
    ]);
    expect(
      await filled(
        mixed,
        'de',
        new SkipButtonComponent(),
        new PayloadComponent('nein'),
        new URLComponent('seite'),
        new CopyComponent('SOMMER'),
      ),
    ).toMatchObject({
      buttons: [{ payload: 'Ja' }, { payload: 'nein' }, { url: 'https://example.org/seite' }, { payload: 'SOMMER' }],
    });
    const flow = await approved([body, buttons({ type: 'FLOW', text: 'Los', flow_id: '1' })]);
    expect(await filled(flow, 'de', new FlowComponent('T', { wert: 1 }))).toMatchObject({ buttons: [{ type: 'flow' }] });
    const catalog = await approved([body, buttons({ type: 'CATALOG', text: 'Alles' })]);
    expect(await filled(catalog, 'de', new CatalogComponent(new Product('P1')))).toMatchObject({
      buttons: [{ type: 'catalog' }],
    });
    const products = await approved([body, buttons({ type: 'MPM', text: 'Auswahl' })]);
    const section = new ProductSection('Teil', new Product('P1'));
    expect(await filled(products, 'de', new MPMComponent(new Product('P1'), section))).toMatchObject({
      buttons: [{ type: 'mpm' }],
    });
  });

  it('one-time passwords, offers, carousels and links with a title', async () => {
    const password = await approved([{ type: 'BODY' }, buttons({ type: 'OTP', otp_type: 'COPY_CODE', text: 'Kopieren' })], {
      category: 'AUTHENTICATION',
    });
    expect((await send(Template.OTP(password, 'de', '123456'))).filled).toMatchObject({ buttons: [{ payload: '123456' }] });
    const offer = { type: 'LIMITED_TIME_OFFER', limited_time_offer: { text: 'Nur heute', has_expiration: true } };
    const offered = await approved([offer, body, buttons({ type: 'COPY_CODE', example: 'A' }, urlButton)]);
    const end = Date.now() + 3_600_000;
    expect(await filled(offered, 'de', new LTOComponent(end), new CopyComponent('HEUTE'), new URLComponent('x'))).toMatchObject({
      buttons: [{ payload: 'HEUTE' }, { url: 'https://example.org/x' }],
    });
    const card = (format: string) => ({ components: [{ type: 'HEADER', format }, buttons(quickReply)] });
    const pictures = await approved([body, { type: 'CAROUSEL', cards: [card('IMAGE'), card('IMAGE')] }]);
    const picture = async (payload: string) =>
      new CarouselCard(new Image(await bench().upload('image'), true), new PayloadComponent(payload));
    expect(await filled(pictures, 'de', new CarouselComponent(await picture('eins'), await picture('zwei')))).toMatchObject({
      cards: [{ buttons: [{ payload: 'eins' }] }, { buttons: [{ payload: 'zwei' }] }],
    });
    const goods = await approved([
      body,
      {
        type: 'CAROUSEL',
        cards: [1, 2].map(() => ({
          components: [{ type: 'HEADER', format: 'PRODUCT' }, buttons({ type: 'SPM', text: 'Zeigen' })],
        })),
      },
    ]);
    const good = (id: string) => new CarouselCard(new CatalogProduct(id, '7'));
    expect(await filled(goods, 'de', new CarouselComponent(good('P1'), good('P2')))).toMatchObject({
      cards: [{ header: { product: { product_retailer_id: 'P1' } } }, { header: { product: { product_retailer_id: 'P2' } } }],
    });
    const plain = await approved([body]);
    expect(await filled(plain, 'de', new TapTargetComponent('Mehr', 'https://example.org'))).toMatchObject({ text: 'Guten Tag' });
  });
}
