import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { WebSocket } from 'ws';
import { graphMessageId, parseMessageId } from '#dialects/message-body';
import { call, eventually } from '../support/the-node.js';
import type { FaultyNode } from './faulty-node.js';
import type { Customer } from './handset-fleet.js';
import { KeepAliveClient } from './keep-alive-client.js';
import { sleep } from './seed.js';

/** What a client was told: an HTTP status, at the socket the one that its REST door would have given. 0: nothing. */
export interface Told {
  readonly status: number;
  readonly text: string;
}

/** Somebody who sends at one door. */
export interface Sender {
  send(key: string, text: string): Promise<Told>;
  close(): void;
}

/** One route by which messages are sent, to the customer or by the customer. */
export interface Way {
  readonly accepted: number;
  readonly inbound: boolean;
  /** Of the customer, at one door. */
  senders(door: string, count: number, customer: Customer): Promise<readonly Sender[]>;
  /** What the other side sees of the text that was sent. */
  shown(text: string): string;
  /** As handsets and the Graph dialect's webhooks know the message. */
  idOf(told: Told, customer: Customer): string;
}

/** The same number at each of these doors. */
export async function sendersAt(
  way: Way,
  doors: readonly string[],
  count: number,
  customer: Customer,
): Promise<readonly Sender[]> {
  return (await Promise.all(doors.map((door) => way.senders(door, count / doors.length, customer)))).flat();
}

/** How a careful client deals with no answer or a 503: it asks again with the same key. */
export async function sendCarefully(sender: Sender, key: string, text: string): Promise<Told> {
  for (let tries = 1; ; tries++) {
    const told = await sender.send(key, text);
    if ((told.status !== 503 && told.status !== 0) || tries > 60) return told;
    await sleep(100);
  }
}

/** Every route that sends. */
export const ways: Readonly<Record<string, (world: FaultyNode) => Promise<Way>>> = {
  'Graph messages': async ({ sandbox: { graph } }) => ({
    accepted: 200,
    inbound: false,
    senders: async (door, count, { waId }) =>
      httpSenders(count, `${door}/${graph.version}/${graph.phoneNumberId}/messages`, graph.accessToken, (body) => ({
        messaging_product: 'whatsapp',
        to: waId,
        type: 'text',
        text: { body },
      })),
    shown: (text) => text,
    idOf: ({ text }) => idIn(text),
  }),

  'Graph marketing_messages': async (world) => {
    const { graph } = world.sandbox;
    const template = { name: 'kill_points', language: 'en_US' };
    await approveMarketing(world, { ...template, components: [bodyOf('Once, and no more: {{1}}, until Friday.')] });
    return {
      accepted: 200,
      inbound: false,
      senders: async (door, count, { waId }) => {
        await optIn(world, waId);
        const url = `${door}/${graph.version}/${graph.phoneNumberId}/marketing_messages`;
        return httpSenders(count, url, graph.accessToken, (text) => ({
          messaging_product: 'whatsapp',
          recipient_type: 'individual',
          to: waId,
          type: 'template',
          template: {
            name: template.name,
            language: { code: template.language },
            components: [{ type: 'body', parameters: [{ type: 'text', text }] }],
          },
        }));
      },
      shown: (text) => `Once, and no more: ${text}, until Friday.`,
      idOf: ({ text }) => idIn(text),
    };
  },

  'Graph messages_encrypted': async ({ sandbox: { baseUrl, graph } }) => {
    const own = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const key = Buffer.from(own.publicKey.export({ type: 'spki', format: 'pem' })).toString('base64');
    const number = `${graph.version}/${graph.phoneNumberId}`;
    const token = graph.accessToken;
    await call(`${baseUrl}/${number}/settings`, {
      token,
      json: { payload_encryption: { status: 'enabled', client_encryption_key: key } },
    });
    const { json } = await call(`${baseUrl}/${number}/settings`, { token });
    const nodeKey = createPublicKey(Buffer.from(json.payload_encryption.cloud_encryption_key, 'base64').toString());
    // Encrypted anew each time, and so is the answer: what is inside is equal, or not.
    const encrypted = async (to: string, body: string): Promise<object> => ({
      messaging_product: 'whatsapp',
      encrypted_contents: await new CompactEncrypt(
        Buffer.from(JSON.stringify({ messaging_product: 'whatsapp', to, type: 'text', text: { body } })),
      )
        .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM' })
        .encrypt(nodeKey),
    });
    const opened = async (told: Told): Promise<Told> => {
      if (told.status !== 200) return told;
      const { encrypted_contents: answer } = JSON.parse(told.text) as { readonly encrypted_contents: string };
      return { ...told, text: Buffer.from((await compactDecrypt(answer, own.privateKey)).plaintext).toString() };
    };
    return {
      accepted: 200,
      inbound: false,
      senders: async (door, count, { waId }) =>
        Array.from({ length: count }, () => {
          const client = new KeepAliveClient();
          const url = `${door}/${number}/messages_encrypted`;
          return {
            send: async (idempotencyKey: string, text: string) => {
              const body = await encrypted(waId, text);
              const told = await client
                .post(url, token, body, { 'idempotency-key': idempotencyKey })
                .catch((error: Error): Told => ({ status: 0, text: error.message }));
              return opened(told);
            },
            close: () => client.close(),
          };
        }),
      shown: (text) => text,
      idOf: ({ text }) => idIn(text),
    };
  },

  'On-Premises messages': async (world) => {
    const token = await world.onPremToken();
    return {
      accepted: 201,
      inbound: false,
      senders: async (door, count, { waId }) =>
        httpSenders(count, `${door}/v1/messages`, token, (body) => ({ to: waId, type: 'text', text: { body } })),
      shown: (text) => text,
      idOf: ({ text }, { waId }) => graphMessageId(parseMessageId(idIn(text))!, waId, 'out'),
    };
  },

  'a handset by REST': async (world) => ({
    accepted: 200,
    inbound: true,
    senders: async (door, count, { token }) =>
      httpSenders(count, `${door}/handset/v1/messages`, token, (text) => fromHandset(world, text), HANDSET_PATIENCE_MS),
    shown: (text) => text,
    idOf: ({ text }) => idIn(text),
  }),

  'a handset by its socket': async (world) => ({
    accepted: 200,
    inbound: true,
    senders: async (door, count, { token }) => {
      const socket = await SendingSocket.open(door, token);
      return Array.from({ length: count }, () => ({
        send: (key: string, text: string) => socket.send(key, fromHandset(world, text)),
        close: () => socket.close(),
      }));
    },
    shown: (text) => text,
    idOf: ({ text }) => text,
  }),
};

/** A door that asks core on behalf of a handset does not ask a second one; whoever is in a hurry does that himself. */
const HANDSET_PATIENCE_MS = 1_000;

function httpSenders(
  count: number,
  url: string,
  token: string,
  body: (text: string) => object,
  patienceMs?: number,
): readonly Sender[] {
  return Array.from({ length: count }, () => {
    const client = new KeepAliveClient();
    return {
      send: (key, text) =>
        client
          .post(url, token, body(text), { 'idempotency-key': key }, patienceMs)
          .catch((error: Error): Told => ({ status: 0, text: error.message })),
      close: () => client.close(),
    };
  });
}

const STATUS_OF: Readonly<Record<string, number>> = { 'idempotency-key-reused': 422, unavailable: 503, overloaded: 503 };

class SendingSocket {
  private readonly waiting = new Map<string, (told: Told) => void>();
  private sent = 0;

  private constructor(private readonly socket: WebSocket) {}

  static async open(door: string, token: string): Promise<SendingSocket> {
    const socket = new WebSocket(`${door.replace('http', 'ws')}/handset/v1/socket`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const sending = new SendingSocket(socket);
    let isAttached = false;
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as { type: string; ref?: string; id?: string; code?: string };
      if (frame.type === 'attached') isAttached = true;
      const told =
        frame.type === 'accepted'
          ? { status: 200, text: frame.id ?? '' }
          : { status: STATUS_OF[frame.code ?? ''] ?? 400, text: data.toString('utf8') };
      sending.waiting.get(frame.ref ?? '')?.(told);
    });
    await eventually('the handset is attached', () => isAttached || undefined);
    return sending;
  }

  send(key: string, message: object): Promise<Told> {
    const ref = String((this.sent += 1));
    return new Promise<Told>((resolve) => {
      const silence = setTimeout(() => resolve({ status: 0, text: 'no answer' }), HANDSET_PATIENCE_MS);
      this.waiting.set(ref, (told) => {
        clearTimeout(silence);
        resolve(told);
      });
      this.socket.send(JSON.stringify({ type: 'send', ref, idempotencyKey: key, message }));
    });
  }

  close(): void {
    this.socket.close();
  }
}

function idIn(answer: string): string {
  return (JSON.parse(answer) as { readonly messages: readonly { readonly id: string }[] }).messages[0]!.id;
}

function fromHandset({ sandbox }: FaultyNode, body: string): object {
  return { to: sandbox.graph.displayPhoneNumber.replaceAll(/\D/g, ''), type: 'text', text: { body } };
}

function bodyOf(text: string): object {
  return { type: 'BODY', text, example: { body_text: [['anything']] } };
}

async function approveMarketing({ sandbox }: FaultyNode, template: object): Promise<void> {
  const { baseUrl, graph, admin } = sandbox;
  const made = await call(`${baseUrl}/${graph.version}/${graph.wabaId}/message_templates`, {
    token: graph.accessToken,
    json: { ...template, category: 'MARKETING' },
  });
  const approved = await call(`${baseUrl}/relais/v1/templates/${made.json.id}/review`, {
    token: admin.token,
    json: { decision: 'APPROVE' },
  });
  if (made.status !== 200 || approved.status !== 200) throw new Error(`no template: ${made.text} ${approved.text}`);
}

async function optIn({ sandbox }: FaultyNode, waId: string): Promise<void> {
  const { baseUrl, graph, admin } = sandbox;
  const lines = [{ waId, state: 'opted-in', source: 'faults', purpose: 'being sent to' }];
  const taken = await call(`${baseUrl}/relais/v1/businesses/${graph.businessId}/opt-ins`, {
    token: admin.token,
    json: { lines },
  });
  if (taken.status >= 300) throw new Error(`no opt-in: ${taken.text}`);
}
