import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { compactDecrypt, CompactEncrypt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClientBench, Customer } from '../../support/client-bench.js';
import { WebhookCatcher } from '../../support/webhook-catcher.js';
import { type Answer, call, eventually } from '../../support/the-node.js';
import type { Contract } from './contract.js';

/** Messages: sent, shown to the customer, and told of by webhook. */
export function storiesOfMessages(contract: () => Contract, bench: () => ClientBench): void {
  const path = () => ({ 'Phone-Number-ID': bench().phoneNumberId });
  const send = async (json: object): Promise<string> => {
    const answer = await contract().ask('POST /{Phone-Number-ID}/messages', {
      path: path(),
      json: { messaging_product: 'whatsapp', recipient_type: 'individual', to: bench().ada.waId, ...json },
    });
    expect(answer).toMatchObject({ contacts: [{ wa_id: bench().ada.waId }] });
    return answer.messages[0].id;
  };
  const bodies: Readonly<Record<string, () => Promise<object>>> = {
    text: async () => ({ text: { body: 'Vertrag', preview_url: false } }),
    image: async () => ({ image: { id: await bench().upload('image') } }),
    audio: async () => ({ audio: { id: await bench().upload('audio') } }),
    video: async () => ({ video: { id: await bench().upload('video') } }),
    document: async () => ({ document: { id: await bench().upload('document') } }),
    sticker: async () => ({ sticker: { id: await bench().upload('sticker') } }),
    location: async () => ({ location: { latitude: '52.5', longitude: '13.4', name: 'Amt', address: 'Hof 1' } }),
    contacts: async () => ({
      contacts: [{ name: { formatted_name: 'Dora', first_name: 'Dora' }, phones: [{ phone: '+49171', type: 'WORK' }] }],
    }),
    reaction: async () => ({ reaction: { message_id: await bench().writes(), emoji: '👍' } }),
    interactive: async () => ({
      interactive: {
        type: 'button',
        body: { text: 'Einverstanden?' },
        action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: 'Ja' } }] },
      },
    }),
    template: async () => ({ template: { name: 'hello_world', language: { policy: 'deterministic', code: 'en_US' } } }),
  };

  it.each(Object.keys(bodies))('a message of type %s is sent and shown', async (type) => {
    const id = await send({ type, ...(await bodies[type]!()) });
    // A reaction is shown on the message that it is about.
    if (type !== 'reaction') expect(await bench().arrives(id)).toMatchObject({ id, type });
  });

  it('a marketing template goes by the route of its own, and nothing else does', async () => {
    const template = { name: `offer_${bench().serial()}`, language: { policy: 'deterministic', code: 'en_US' } };
    const made = await contract().ask('POST /{WABA-ID}/message_templates', {
      path: { 'WABA-ID': bench().sandbox.graph.wabaId },
      json: {
        name: template.name,
        language: 'en_US',
        category: 'MARKETING',
        components: [{ type: 'BODY', text: 'Twice the interest, until Friday.' }],
      },
    });
    await bench().admin(`templates/${made.id}/review`, { decision: 'APPROVE' });
    const json = {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: bench().ada.waId,
      type: 'template',
      template,
    };
    const sent = await contract().ask('POST /{Phone-Number-ID}/marketing_messages', {
      path: path(),
      json: { ...json, product_policy: 'CLOUD_API_FALLBACK', message_activity_sharing: true },
    });
    expect(sent.messages).toEqual([{ id: expect.any(String), message_status: 'accepted' }]);
    expect(await bench().arrives(sent.messages[0].id)).toMatchObject({ type: 'template', template: { name: template.name } });
    const refused = await contract().request('POST /{Phone-Number-ID}/marketing_messages', {
      path: path(),
      json: { ...json, template: { name: 'hello_world', language: template.language } },
    });
    expect(refused).toMatchObject({ status: 400, json: { error: { code: 131055 } } });
  });

  describe('encrypted messages', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    let number: { readonly id: string; readonly handset: Customer };
    let nodeKey: KeyObject;
    const settings = (status: 'enabled' | 'disabled') => ({
      payload_encryption: {
        status,
        ...(status === 'enabled' && {
          client_encryption_key: Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64'),
        }),
      },
    });
    const at = () => ({ 'Phone-Number-ID': number.id });
    const encrypted = async (call: unknown, enc = 'A256GCM', key: KeyObject = nodeKey): Promise<object> => ({
      messaging_product: 'whatsapp',
      encrypted_contents: await new CompactEncrypt(Buffer.from(typeof call === 'string' ? call : JSON.stringify(call)))
        .setProtectedHeader({ alg: 'RSA-OAEP', enc })
        .encrypt(key),
    });
    const asked = (json: object): Promise<Answer> =>
      contract().request('POST /{Phone-Number-ID}/messages_encrypted', { path: at(), json });
    const text = (body: string) => ({ messaging_product: 'whatsapp', to: bench().ada.waId, type: 'text', text: { body } });

    beforeAll(async () => {
      number = await bench().newNumber();
      await bench().handset('messages', bench().ada, { to: number.handset.waId, type: 'text', text: { body: 'Guten Tag' } });
      await contract().ask('POST /{Phone-Number-ID}/settings', { path: at(), json: settings('enabled') });
      const { payload_encryption: told } = await contract().ask('GET /{Phone-Number-ID}/settings', { path: at() });
      nodeKey = createPublicKey(Buffer.from(told.cloud_encryption_key, 'base64').toString());
    });

    it.each(['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'])(
      'are opened with %s, sent and shown, and answered for the client alone',
      async (enc) => {
        const { encrypted_contents: answered } = await contract().ask('POST /{Phone-Number-ID}/messages_encrypted', {
          path: at(),
          json: await encrypted(text(`Geheim ${enc}`), enc),
        });
        const { plaintext, protectedHeader } = await compactDecrypt(answered, privateKey);
        expect(protectedHeader).toEqual({ alg: 'RSA-OAEP', enc: 'A256GCM' });
        const answer = JSON.parse(Buffer.from(plaintext).toString());
        expect(answer).toMatchObject({ messaging_product: 'whatsapp', contacts: [{ wa_id: bench().ada.waId }] });
        expect(await bench().arrives(answer.messages[0].id)).toMatchObject({ text: { body: `Geheim ${enc}` } });
      },
    );

    it('are read marks, too', async () => {
      const sent = await bench().handset('messages', bench().ada, {
        to: number.handset.waId,
        type: 'text',
        text: { body: 'Gelesen?' },
      });
      const mark = { messaging_product: 'whatsapp', status: 'read', message_id: sent.json.messages[0].id };
      const { encrypted_contents: answered } = (await asked(await encrypted(mark))).json;
      const { plaintext } = await compactDecrypt(answered, privateKey);
      expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual({ success: true });
    });

    it('are refused in the open', async () => {
      const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
      const open = { messaging_product: 'whatsapp', encrypted_contents: 'a.b.c.d.e' };
      const oaep256 = await new CompactEncrypt(Buffer.from('{}'))
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
        .encrypt(nodeKey);
      const refusals = [
        [await encrypted(text(''), 'A256GCM'), 131008],
        [await encrypted(text('x'.repeat(4_097))), 100],
        [await encrypted('{"a":'), 100],
        [await encrypted('[]'), 100],
        [await encrypted({ ...text('x'), to: 'a\u0000b' }), 131009],
        [await encrypted(text('x'), 'A256GCM', stranger), 131009],
        [{ ...open, encrypted_contents: oaep256 }, 131009],
        [open, 131009],
        [{ messaging_product: 'whatsapp' }, 131008],
      ] as const;
      for (const [json, code] of refusals) {
        expect(await asked(json)).toMatchObject({ status: 400, json: { error: { code } } });
      }
      await contract().ask('POST /{Phone-Number-ID}/settings', { path: at(), json: settings('disabled') });
      expect(await asked(await encrypted(text('x')))).toMatchObject({ status: 403, json: { error: { code: 10 } } });
    });

    it('with one Idempotency-Key are one message, however often they are encrypted', async () => {
      await contract().ask('POST /{Phone-Number-ID}/settings', { path: at(), json: settings('enabled') });
      const { payload_encryption: told } = await contract().ask('GET /{Phone-Number-ID}/settings', { path: at() });
      nodeKey = createPublicKey(Buffer.from(told.cloud_encryption_key, 'base64').toString());
      const ids = new Set<string>();
      for (const _ of [1, 2]) {
        const answer = await call(`${bench().graph}/${number.id}/messages_encrypted`, {
          token: bench().token,
          json: await encrypted(text('Einmal')),
          headers: { 'idempotency-key': 'envelope' },
        });
        const { plaintext } = await compactDecrypt(answer.json.encrypted_contents, privateKey);
        ids.add(JSON.parse(Buffer.from(plaintext).toString()).messages[0].id);
      }
      expect(ids.size).toBe(1);
    });
  });

  it('what is told to the client’s own address is as the document has it', async () => {
    const catcher = await WebhookCatcher.open();
    try {
      const app = await bench().newApp('Contract webhooks');
      expect((await bench().subscribe(app, catcher.url, catcher.verifyToken)).json).toEqual({ success: true });
      const id = await bench().writes({ type: 'text', text: { body: 'Kommt das an?' } });
      await eventually('the message is told', () =>
        catcher.graphValues().find((value) => value.messages?.some((message: any) => message.id === id)),
      );
      for (const { json } of catcher.caught) contract().holdSent('POST /whatsapp/webhooks', json);
    } finally {
      await catcher.close();
    }
  });
}
