import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageStatus, advances } from './message.js';

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
