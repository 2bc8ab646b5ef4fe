import { expect, it } from 'vitest';
import type { ClientBench } from '../../support/client-bench.js';
import { WebhookCatcher } from '../../support/webhook-catcher.js';
import { eventually } from '../../support/the-node.js';
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
