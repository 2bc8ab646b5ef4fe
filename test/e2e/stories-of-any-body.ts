import * as fc from 'fast-check';
import WebSocket from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inboundBodies, plainBodies } from '#dialects/message-body/testing';
import type { ClientBench } from '../support/client-bench.js';
import { call, eventually } from '../support/the-node.js';
import { WebhookCatcher } from '../support/webhook-catcher.js';

const BODIES = 25;

/** Arbitrary bodies through the whole node, both ways. What is arbitrary at the doors is shown by the dialects' own specs. */
export function storiesOfAnyBody(bench: () => ClientBench): void {
  const seed = Date.now() % 1_000_000;
  const some = (bodies: typeof plainBodies): readonly any[] => fc.sample(bodies, { numRuns: BODIES, seed });

  describe(`any body (seed ${seed})`, () => {
    let catcher: WebhookCatcher;

    beforeAll(async () => {
      catcher = await WebhookCatcher.open();
      const app = await bench().newApp('Any body');
      expect((await bench().subscribe(app, catcher.url, catcher.verifyToken)).json).toEqual({ success: true });
      await bench().writes();
    });
    afterAll(() => catcher.close());

    const told = (id: string): Promise<any> =>
      eventually(`${id} is told`, () =>
        catcher
          .graphValues()
          .flatMap((value) => value.messages ?? [])
          .find((message: any) => message.id === id),
      );

    it('of a business is on the handset as it was sent', async () => {
      for (const json of some(plainBodies)) {
        const sent = await call(`${bench().graph}/${bench().phoneNumberId}/messages`, {
          token: bench().token,
          json: { messaging_product: 'whatsapp', to: bench().ada.waId, ...json },
        });
        expect(sent, JSON.stringify(json)).toMatchObject({ status: 200 });
        expect((await bench().arrives(sent.json.messages[0].id))[json.type]).toEqual(json[json.type]);
      }
    });

    it('of a customer is told as it was written', async () => {
      for (const json of some(inboundBodies))
        expect((await told(await bench().writes(json)))[json.type]).toEqual(json[json.type]);
    });

    it('goes to nobody but whom it is meant for, once a customer has told another identity', async () => {
      const value = async (id: string): Promise<any> =>
        eventually(`${id} is told`, () =>
          catcher.graphValues().find(({ messages = [] }) => messages.some((message: any) => message.id === id)),
        );
      const checks = (enable_identity_key_check: boolean) =>
        call(`${bench().graph}/${bench().phoneNumberId}/settings`, {
          token: bench().token,
          json: { user_identity_change: { enable_identity_key_check } },
        });
      // Unless a number asks for it, nobody is told.
      expect((await value(await bench().writes())).contacts[0]).not.toHaveProperty('identity_key_hash');
      expect((await checks(true)).json).toEqual({ success: true });
      const { contacts } = await value(await bench().writes());
      expect(contacts[0].identity_key_hash).toMatch(/^[A-Za-z0-9+/]{11}=$/);
      const changed = await bench().writes({ type: 'system', system: { type: 'user_identity_changed', body: 'Neues Gerät' } });
      const { messages } = await value(changed);
      expect(messages[0].system.identity).not.toBe(contacts[0].identity_key_hash);
      const sent = await call(`${bench().graph}/${bench().phoneNumberId}/messages`, {
        token: bench().token,
        json: {
          messaging_product: 'whatsapp',
          to: bench().ada.waId,
          recipient_identity_key_hash: contacts[0].identity_key_hash,
          text: { body: 'Nur für Ada' },
        },
      });
      const { errors } = await eventually('it fails', () =>
        catcher
          .graphValues()
          .flatMap((one) => one.statuses ?? [])
          .find((status: any) => status.id === sent.json.messages[0].id && status.status === 'failed'),
      );
      expect(errors).toMatchObject([{ code: 137_000 }]);
      await checks(false);
    });

    it('is shown as read, with an answer being written, on the handset that wrote it', async () => {
      const { handset } = await bench().newSim();
      const frames: any[] = [];
      const socket = new WebSocket(`${bench().sandbox.baseUrl.replace('http', 'ws')}/handset/v1/socket`, {
        headers: { authorization: `Bearer ${handset.token}` },
      });
      socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString('utf8'))));
      try {
        await eventually('the handset is attached', async () => frames.some(({ type }) => type === 'attached') || undefined);
        const business = bench().sandbox.graph.displayPhoneNumber.replaceAll(/\D/g, '');
        const id = await bench().writes({ to: business, type: 'text', text: { body: 'Gelesen?' } }, handset);
        const mark = (messageId: string) =>
          call(`${bench().graph}/${bench().phoneNumberId}/messages`, {
            token: bench().token,
            json: { messaging_product: 'whatsapp', status: 'read', message_id: messageId, typing_indicator: { type: 'text' } },
          });
        expect((await mark(id)).json).toEqual({ success: true });
        await eventually('the handset is told', async () => frames.find(({ type }) => type === 'read'));
        expect(frames.filter(({ type }) => type === 'read')).toMatchObject([{ id, to: handset.waId, typing: true }]);
        // What the business itself has sent is nothing that it could have read.
        const sent = await call(`${bench().graph}/${bench().phoneNumberId}/messages`, {
          token: bench().token,
          json: { messaging_product: 'whatsapp', to: handset.waId, text: { body: 'Ja' } },
        });
        expect(await mark(sent.json.messages[0].id)).toMatchObject({ status: 400, json: { error: { code: 131_009 } } });
      } finally {
        socket.close();
      }
    });

    it('of a customer who came by an advertisement is told with it', async () => {
      const referral = {
        source_url: 'https://ads.example.org/1',
        source_id: '1',
        source_type: 'ad',
        headline: 'Konto',
        ctwa_clid: 'c',
      };
      expect(await told(await bench().writes({ type: 'text', text: { body: 'Hallo' }, referral }))).toMatchObject({ referral });
    });

    it('of a customer with a file is told with an address at which anybody finds it', async () => {
      const file = Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
        'base64',
      );
      const uploaded = await fetch(`${bench().sandbox.baseUrl}/handset/v1/media`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bench().ada.token}`, 'content-type': 'image/png' },
        body: file,
      });
      const { id } = (await uploaded.json()) as { id: string };
      const { image } = await told(await bench().writes({ type: 'image', image: { id, caption: 'Seht' } }));
      expect(image).toMatchObject({ id, caption: 'Seht', mime_type: 'image/png' });
      const fetched = await fetch(image.url);
      expect(fetched.status).toBe(200);
      expect(Buffer.from(await fetched.arrayBuffer()).equals(file)).toBe(true);
    });

    it('of a customer is told with the id by which the customer can be answered', async () => {
      const id = await bench().writes();
      const { from_user_id: recipient } = await told(id);
      const sent = await call(`${bench().graph}/${bench().phoneNumberId}/messages`, {
        token: bench().token,
        json: { messaging_product: 'whatsapp', recipient, text: { body: 'Guten Tag' } },
      });
      expect(sent.json).toMatchObject({ contacts: [{ input: recipient, user_id: recipient }] });
      expect(sent.json.contacts[0]).not.toHaveProperty('wa_id');
      expect(await bench().arrives(sent.json.messages[0].id)).toMatchObject({ text: { body: 'Guten Tag' } });
    });
  });
}
