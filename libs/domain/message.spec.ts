import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MediaId } from './ids.js';
import { type MessageStatus, type OutboundBody, advances, mediaIdsOf } from './message.js';

const all: readonly MessageStatus[] = [
  'accepted',
  'queued',
  'unknown',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'expired',
];

const allowed: Record<MessageStatus, readonly MessageStatus[]> = {
  accepted: ['queued', 'unknown', 'sent', 'delivered', 'read', 'played', 'failed', 'expired'],
  queued: ['unknown', 'sent', 'delivered', 'read', 'played', 'failed', 'expired'],
  unknown: ['sent', 'delivered', 'read', 'played', 'failed', 'expired'],
  sent: ['delivered', 'read', 'played', 'failed', 'expired'],
  delivered: ['read', 'played'],
  read: ['played'],
  played: [],
  failed: [],
  expired: [],
};

describe('advances', () => {
  it.each(all.flatMap((from) => all.map((to) => [from, to] as const)))('%s → %s', (from, to) => {
    expect(advances(from, to)).toBe(allowed[from].includes(to));
  });

  it('ends the same for every order and repetition of the receipts of a delivered and read message', () => {
    const receipts: readonly MessageStatus[] = ['sent', 'delivered', 'read'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...receipts), { maxLength: 20 }), (noise) => {
        const order = [...noise, ...receipts];
        let status: MessageStatus = 'accepted';
        for (const next of order) if (advances(status, next)) status = next;
        expect(status).toBe('read');
      }),
    );
  });
});

describe('mediaIdsOf', () => {
  const id = '123' as MediaId;
  it.each<readonly [string, OutboundBody, readonly string[]]>([
    ['a text', { type: 'text', text: '123' }, []],
    ['an image', { type: 'image', media: { id } }, ['123']],
    ['a linked document', { type: 'document', media: { link: 'https://example.org/a.pdf' } }, []],
    [
      "a template's header",
      {
        type: 'template',
        name: 'bill',
        language: 'en',
        components: [
          { type: 'header', parameters: [{ type: 'document', media: { id } }] },
          { type: 'body', parameters: [{ type: 'text', text: '456' }] },
        ],
      },
      ['123'],
    ],
    [
      'a header of buttons',
      { type: 'interactive', interactive: { type: 'button', header: { type: 'video', video: { id: '123' } } } },
      ['123'],
    ],
    [
      'the cards of a carousel',
      {
        type: 'interactive',
        interactive: {
          type: 'carousel',
          action: { cards: [{ header: { type: 'image', image: { id: '123' } } }, { header: {} }] },
        },
      },
      ['123'],
    ],
    ['a text header of a list', { type: 'interactive', interactive: { type: 'list', header: { type: 'text', text: 'x' } } }, []],
  ])('%s', (_, body, ids) => {
    expect(mediaIdsOf(body)).toEqual(ids);
  });
});
