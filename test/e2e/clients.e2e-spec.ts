import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientBench } from '../support/client-bench.js';
import { blobOf, type SampleMedia, sampleMedia } from '../support/sample-media.js';
import { type Answer, liftTrafficLimits, type NodeUnderTest, theNode } from '../support/the-node.js';
import { WebhookCatcher } from '../support/webhook-catcher.js';

type Body =
  | { readonly json: unknown }
  | { readonly file: SampleMedia }
  | { readonly form: Readonly<Record<string, string>> }
  | { readonly parts: readonly (readonly [name: string, value: string | Blob, filename?: string])[] };

interface Wire {
  readonly method: string;
  /** From the base URL on, as the client writes it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Body | undefined;
}

interface Row {
  readonly client: string;
  readonly call: string;
  readonly wire: () => Wire | Promise<Wire>;
  readonly answer: () => object;
}

/** What clients in other languages put on the wire, each where it differs from the documented example; nobody's code, only its bytes. */
describe('clients in other languages', () => {
  let under: NodeUnderTest;
  let bench: ClientBench;
  let catcher: WebhookCatcher;

  beforeAll(async () => {
    under = await theNode();
    await liftTrafficLimits(under);
    bench = new ClientBench(under.sandbox);
    catcher = await WebhookCatcher.open();
    await bench.writes();
  });
  afterAll(async () => {
    await catcher.close();
    await under.close();
  });

  const bearer = () => ({ authorization: `Bearer ${bench.token}` });
  const json = () => ({ ...bearer(), 'content-type': 'application/json' });
  const phone = () => bench.phoneNumberId;
  const waba = () => bench.sandbox.graph.wabaId;
  const appToken = () => `${bench.sandbox.graph.appId}|${bench.sandbox.graph.appSecret}`;

  const ask = async ({ method, path, headers, body }: Wire): Promise<Answer> => {
    let sent: string | URLSearchParams | FormData | Uint8Array<ArrayBuffer> | undefined;
    if (body && 'json' in body) sent = JSON.stringify(body.json);
    else if (body && 'file' in body) sent = new Uint8Array(sampleMedia[body.file].bytes);
    else if (body && 'form' in body) sent = new URLSearchParams(body.form);
    else if (body) {
      const form = new FormData();
      for (const [name, value, filename] of body.parts) {
        if (typeof value === 'string') form.append(name, value);
        else form.append(name, value, filename);
      }
      sent = form;
    }
    const response = await fetch(bench.sandbox.baseUrl + path, {
      method,
      headers: headers ?? (sent instanceof FormData || sent instanceof URLSearchParams ? bearer() : json()),
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
  };

  const message = (version: string, given: object): Wire => ({
    method: 'POST',
    path: `/${version}/${phone()}/messages`,
    body: { json: { messaging_product: 'whatsapp', to: bench.ada.waId, ...given } },
  });
  const sent = () => ({
    messaging_product: 'whatsapp',
    contacts: [{ input: expect.any(String), wa_id: bench.ada.waId }],
    messages: [{ id: expect.stringMatching(/^wamid\./) }],
  });
  const success = () => ({ success: true });
  const upload = (parts: readonly (readonly [string, string | Blob, string?])[], query = ''): Wire => ({
    method: 'POST',
    path: `/v23.0/${phone()}/media${query}`,
    body: { parts },
  });
  const image = () => ['file', blobOf('image'), sampleMedia.image.filename] as const;
  const finished = () => ({ h: expect.stringMatching(/^4::/) });
  const uploaded = () => ({ id: expect.stringMatching(/^\d+$/) });
  const template = (more: object) => ({
    type: 'template',
    template: { name: 'hello_world', language: { code: 'en_US' }, ...more },
  });
  const list = {
    type: 'list',
    header: { type: 'text', text: 'Kopf' },
    body: { text: 'Bitte wählen' },
    footer: { text: 'Fuß' },
    action: { button: 'Liste', sections: [{ title: 'Teil', rows: [{ id: 'r1', title: 'Eins', description: '' }] }] },
  };

  const rows: readonly Row[] = [
    {
      client: 'pywa',
      call: 'subscribes by query, an app token there and its own token in the header',
      wire: () => {
        const query = new URLSearchParams({
          object: 'whatsapp_business_account',
          callback_url: catcher.url,
          verify_token: catcher.verifyToken,
          fields: 'messages,message_template_status_update',
          access_token: appToken(),
        });
        return {
          method: 'POST',
          path: `/v23.0/${bench.sandbox.graph.appId}/subscriptions?${query.toString()}`,
          headers: bearer(),
        };
      },
      answer: success,
    },
    {
      client: 'curl',
      call: 'subscribes by a form, as the guide shows',
      wire: () => ({
        method: 'POST',
        path: `/v23.0/${bench.sandbox.graph.appId}/subscriptions`,
        headers: { authorization: `Bearer ${appToken()}` },
        body: {
          form: {
            object: 'whatsapp_business_account',
            fields: 'messages',
            callback_url: catcher.url,
            verify_token: catcher.verifyToken,
          },
        },
      }),
      answer: success,
    },
    {
      client: 'pywa',
      call: 'gives a number an address of its own, with a slash at the end',
      wire: () => ({
        method: 'POST',
        path: `/v23.0/${phone()}/`,
        body: {
          json: { webhook_configuration: { override_callback_uri: catcher.url, verify_token: catcher.verifyToken } },
        },
      }),
      answer: success,
    },
    {
      client: 'pywa',
      call: 'sets the public key by a form',
      wire: () => {
        const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        const key = publicKey.export({ type: 'spki', format: 'pem' }) as string;
        return {
          method: 'POST',
          path: `/v23.0/${phone()}/whatsapp_business_encryption`,
          body: { form: { business_public_key: key } },
        };
      },
      answer: success,
    },
    {
      client: 'pywa',
      call: 'uploads with the file before the fields',
      wire: () => upload([image(), ['messaging_product', 'whatsapp'], ['type', 'image/png']]),
      answer: uploaded,
    },
    {
      client: 'heyoo',
      call: 'sends a location in text',
      wire: () =>
        message('v14.0', { type: 'location', location: { latitude: '52.5', longitude: '13.4', name: 'Amt', address: 'Hof 1' } }),
      answer: sent,
    },
    {
      client: 'heyoo',
      call: 'sends a picture by link without a caption',
      wire: () =>
        message('v14.0', {
          recipient_type: 'individual',
          type: 'image',
          image: { link: 'https://media.example.com/a.png', caption: null },
        }),
      answer: sent,
    },
    {
      client: 'heyoo',
      call: 'sends a document by link, with nothing for caption and name',
      wire: () =>
        message('v14.0', {
          type: 'document',
          document: { link: 'https://media.example.com/a.pdf', caption: null, filename: null },
        }),
      answer: sent,
    },
    {
      client: 'heyoo',
      call: 'sends a template with nothing for its components',
      wire: () => message('v14.0', template({ components: null })),
      answer: sent,
    },
    {
      client: 'heyoo',
      call: 'marks as read in an older version',
      wire: async () => ({
        method: 'POST',
        path: `/v15.0/${phone()}/messages`,
        body: { json: { messaging_product: 'whatsapp', status: 'read', message_id: await bench.writes() } },
      }),
      answer: success,
    },
    {
      client: 'netflie (PHP)',
      call: 'sends a template with no components',
      wire: () => message('v18.0', { recipient_type: 'individual', ...template({ components: [] }) }),
      answer: sent,
    },
    {
      client: 'netflie (PHP)',
      call: 'sends a location without name and address',
      wire: () => message('v18.0', { type: 'location', location: { longitude: 13.4, latitude: 52.5, name: '', address: '' } }),
      answer: sent,
    },
    {
      client: 'netflie (PHP)',
      call: 'sends a contact with a name and typed phones',
      wire: () =>
        message('v18.0', {
          type: 'contacts',
          contacts: [
            {
              name: { formatted_name: 'Dora Amt', first_name: 'Dora', last_name: 'Amt' },
              phones: [{ phone: '+49171', type: 'CELL', wa_id: '49171' }],
            },
          ],
        }),
      answer: sent,
    },
    {
      client: 'netflie (PHP)',
      call: 'sends a list whose row has an empty description',
      wire: () => message('v18.0', { type: 'interactive', interactive: list }),
      answer: sent,
    },
    {
      client: 'netflie (PHP)',
      call: 'changes the profile',
      wire: () => ({
        method: 'POST',
        path: `/v18.0/${phone()}/whatsapp_business_profile`,
        body: { json: { messaging_product: 'whatsapp', about: 'Wir sind da', websites: ['https://example.com'] } },
      }),
      answer: success,
    },
    {
      client: 'netflie (PHP)',
      call: 'reads the profile',
      wire: () => ({
        method: 'GET',
        path: `/v18.0/${phone()}/whatsapp_business_profile?fields=about,websites`,
        headers: bearer(),
      }),
      answer: () => ({ data: [{ about: 'Wir sind da', websites: ['https://example.com'] }] }),
    },
    {
      client: 'Bindambc (Java)',
      call: 'uploads without a type of its own',
      wire: () => upload([image(), ['messaging_product', 'whatsapp']]),
      answer: uploaded,
    },
    {
      client: 'Bindambc (Java)',
      call: 'sets the PIN',
      wire: () => ({ method: 'POST', path: `/v19.0/${phone()}`, body: { json: { pin: '150954' } } }),
      answer: success,
    },
    {
      client: 'Bindambc (Java)',
      call: 'sets the shop by query, without a body',
      wire: () => ({
        method: 'POST',
        path: `/v19.0/${phone()}/whatsapp_commerce_settings?is_cart_enabled=true&is_catalog_visible=false`,
        headers: bearer(),
      }),
      answer: success,
    },
    {
      client: 'piusalfred (Go)',
      call: 'sends with preview_url beside the text as well',
      wire: () =>
        message('v20.0', {
          recipient_type: 'individual',
          type: 'text',
          preview_url: true,
          text: { body: 'https://example.com' },
        }),
      answer: sent,
    },
    {
      client: 'piusalfred (Go)',
      call: 'gives the kind of media where the type stands',
      wire: () => upload([image(), ['type', 'image'], ['messaging_product', 'whatsapp']]),
      answer: uploaded,
    },
    {
      client: 'piusalfred (Go)',
      call: 'reads a number with a proof of the app secret',
      wire: () => ({ method: 'GET', path: `/v20.0/${phone()}?fields=id&appsecret_proof=${'0'.repeat(64)}`, headers: bearer() }),
      answer: () => ({ id: phone() }),
    },
    {
      client: 'gabrieldwight (.NET)',
      call: 'deletes media with a slash before the query',
      wire: async () => ({
        method: 'DELETE',
        path: `/v23.0/${await bench.upload('image')}/?phone_number_id=${phone()}`,
        headers: bearer(),
      }),
      answer: success,
    },
    {
      client: 'gabrieldwight (.NET)',
      call: 'looks a token up with itself',
      wire: () => ({
        method: 'GET',
        path: `/v23.0/debug_token?input_token=${encodeURIComponent(bench.token)}`,
        headers: bearer(),
      }),
      answer: () => ({ data: { is_valid: true, app_id: bench.sandbox.graph.appId } }),
    },
    {
      client: 'gabrieldwight (.NET)',
      call: 'reads a WABA with many fields',
      wire: () => ({
        method: 'GET',
        path: `/v23.0/${waba()}?fields=id,name,currency,timezone_id,message_template_namespace,account_review_status,business_verification_status,country,owner_business_info,primary_business_location,purchase_order_number,status,health_status`,
        headers: bearer(),
      }),
      answer: () => ({ id: waba(), message_template_namespace: expect.any(String) }),
    },
    {
      client: 'n8n',
      call: 'cleans the number itself and sends text',
      wire: () => message('v13.0', { type: 'text', text: { body: 'Guten Tag', preview_url: false } }),
      answer: sent,
    },
    {
      client: 'Chatwoot',
      call: 'replies to nothing',
      wire: () => message('v13.0', { context: null, text: { body: 'Guten Tag' }, type: 'text' }),
      answer: sent,
    },
    {
      client: 'Chatwoot',
      call: 'sends a file by link with nothing for a caption',
      wire: () =>
        message('v13.0', {
          context: null,
          type: 'document',
          document: { link: 'https://media.example.com/a.pdf', caption: null, filename: 'a.pdf' },
        }),
      answer: sent,
    },
    {
      client: 'Chatwoot',
      call: 'sends a template with a policy and no components',
      wire: () =>
        message('v13.0', {
          recipient_type: 'individual',
          type: 'template',
          template: { name: 'hello_world', language: { policy: 'deterministic', code: 'en_US' }, components: [] },
        }),
      answer: sent,
    },
    {
      client: 'Chatwoot',
      call: 'lists templates with its token in the query',
      wire: () => ({
        method: 'GET',
        path: `/v14.0/${waba()}/message_templates?access_token=${encodeURIComponent(bench.token)}`,
        headers: {},
      }),
      answer: () => ({ data: expect.arrayContaining([expect.objectContaining({ name: 'hello_world' })]) }),
    },
    {
      client: 'Chatwoot',
      call: 'looks its token up with the app’s, both in the query',
      wire: () => {
        const query = new URLSearchParams({ input_token: bench.token, access_token: appToken() });
        return { method: 'GET', path: `/v22.0/debug_token?${query.toString()}`, headers: {} };
      },
      answer: () => ({ data: { is_valid: true } }),
    },
    {
      client: 'Chatwoot',
      call: 'looks an unknown token up',
      wire: () => {
        const query = new URLSearchParams({ input_token: 'EAAB-not-a-token', access_token: appToken() });
        return { method: 'GET', path: `/v22.0/debug_token?${query.toString()}`, headers: {} };
      },
      answer: () => ({ data: { is_valid: false, error: { code: 190, message: expect.any(String) }, scopes: [] } }),
    },
    {
      client: 'pywa',
      call: 'asks for the app’s token by query',
      wire: () => {
        const { appId, appSecret } = bench.sandbox.graph;
        const query = new URLSearchParams({ grant_type: 'client_credentials', client_id: appId, client_secret: appSecret });
        return { method: 'GET', path: `/v23.0/oauth/access_token?${query.toString()}`, headers: bearer() };
      },
      answer: () => ({ access_token: appToken(), token_type: 'bearer' }),
    },
    {
      client: 'curl',
      call: 'asks for the app’s token by a form, with no token of its own',
      wire: () => {
        const { appId, appSecret } = bench.sandbox.graph;
        return {
          method: 'POST',
          path: '/oauth/access_token',
          headers: {},
          body: { form: { client_id: appId, client_secret: appSecret, grant_type: 'client_credentials' } },
        };
      },
      answer: () => ({ access_token: appToken(), token_type: 'bearer' }),
    },
    {
      client: 'pywa',
      call: 'announces a file by query, and sends it with its offset in a header',
      wire: async () => {
        const query = new URLSearchParams({
          file_name: sampleMedia.image.filename,
          file_length: String(sampleMedia.image.bytes.length),
          file_type: sampleMedia.image.type,
        });
        const path = `/v23.0/${bench.sandbox.graph.appId}/uploads?${query.toString()}`;
        const { id } = (await ask({ method: 'POST', path, headers: bearer() })).json;
        return { method: 'POST', path: `/v23.0/${id}`, headers: { ...bearer(), file_offset: '0' }, body: { file: 'image' } };
      },
      answer: finished,
    },
    {
      client: 'WhatsApp Business Cloud API (.NET)',
      call: 'announces a file by its whole path, for the app of its token, and sends it as its own type',
      wire: async () => {
        const { bytes, type } = sampleMedia.image;
        const query = `file_length=${bytes.length}&file_type=${type}&file_name=C:\\Pictures\\..\\logo.png`;
        const { id } = (await ask({ method: 'POST', path: `/v14.0/app/uploads/?${query}`, headers: bearer() })).json;
        const headers = { authorization: `OAuth ${bench.token}`, 'content-type': type, file_offset: '0' };
        return { method: 'POST', path: `/v14.0/${id}`, headers, body: { file: 'image' } };
      },
      answer: finished,
    },
    {
      client: 'sendbee (Python)',
      call: 'announces a file by a form, and sends it without an offset',
      wire: async () => {
        const { bytes, type } = sampleMedia.document;
        const form = { file_length: String(bytes.length), file_type: type, access_token: bench.token };
        const { id } = (
          await ask({ method: 'POST', path: `/v18.0/${bench.sandbox.graph.appId}/uploads`, headers: {}, body: { form } })
        ).json;
        const headers = { ...bearer(), 'content-type': 'application/octet-stream' };
        return { method: 'POST', path: `/v18.0/${id}`, headers, body: { file: 'document' } };
      },
      answer: finished,
    },
    {
      client: 'curl',
      call: 'sends a file as what it calls a form, and asks first how much of it is there',
      wire: async () => {
        const { bytes, type } = sampleMedia.video;
        const json = { file_length: bytes.length, file_type: type, file_name: 'clip.mp4' };
        const opened = { method: 'POST', path: `/v23.0/${bench.sandbox.graph.appId}/uploads`, body: { json } };
        const { id } = (await ask(opened)).json;
        const oauth = { authorization: `OAuth ${bench.token}` };
        const { file_offset: offset } = (await ask({ method: 'GET', path: `/v23.0/${id}`, headers: oauth })).json;
        const headers = { ...oauth, file_offset: String(offset), 'content-type': 'application/x-www-form-urlencoded' };
        return { method: 'POST', path: `/v23.0/${id}`, headers, body: { file: 'video' } };
      },
      answer: finished,
    },
    {
      client: 'Chatwoot',
      call: 'subscribes with an address of its own',
      wire: () => ({
        method: 'POST',
        path: `/v22.0/${waba()}/subscribed_apps`,
        body: { json: { override_callback_uri: catcher.url, verify_token: catcher.verifyToken } },
      }),
      answer: success,
    },
    {
      client: 'Chatwoot',
      call: 'unsubscribes with a type of content and no content',
      wire: () => ({ method: 'DELETE', path: `/v22.0/${waba()}/subscribed_apps` }),
      answer: success,
    },
  ];

  it.each(rows)('$client $call', async ({ wire, answer }) => {
    const answered = await ask(await wire());
    expect(answered.json).toMatchObject(answer());
    expect(answered.status).toBe(200);
  });

  it('Bindambc (Java) reads a file’s name out of the answer', async () => {
    const id = await bench.upload('image');
    const { json: facts } = await ask({ method: 'GET', path: `/v19.0/${id}`, headers: bearer() });
    const file = await fetch(facts.url, { headers: bearer() });
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename=${id}.png`);
    await file.arrayBuffer();
  });

  it('n8n knows an unknown media id by the sentence', async () => {
    for (const id of ['99999', 'nonsense']) {
      const { status, json: refused } = await ask(message('v13.0', { type: 'image', image: { id } }));
      expect(status).toBe(400);
      expect(refused.error.message).toMatch(/is not a valid whatsapp business account media attachment ID$/);
    }
  });
});
