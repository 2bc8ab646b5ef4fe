import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { aGraphEndpoint, aStatus, aTextReceived, anOnPremEndpoint } from '../testing/events.js';
import { encodeWebhook, signature, writeParts } from './webhook.js';

interface Posted {
  readonly entry?: {
    readonly changes: { readonly value: { readonly messages?: { readonly text: { readonly body: string } }[] } }[];
  }[];
  readonly statuses?: { readonly status: string }[];
}

describe('the bytes of a webhook', () => {
  it('Graph: ASCII with lower-case escapes and escaped slashes, as the platform signs it', () => {
    const parts = writeParts([aTextReceived('1', 'Grüße/😀')], aGraphEndpoint()).map(({ part }) => part);
    const bytes = encodeWebhook('graph', parts);
    const text = bytes.toString('latin1');
    expect(text).toContain('"body":"Gr\\u00fc\\u00dfe\\/\\ud83d\\ude00"');
    expect(bytes.every((byte) => byte < 0x80)).toBe(true);
    const posted = JSON.parse(text) as Posted;
    expect(posted.entry?.[0]?.changes[0]?.value.messages?.[0]?.text.body).toBe('Grüße/😀');
  });

  it('Graph: many events are changes of one POST, in their order', () => {
    const parts = writeParts([aStatus('1', 'sent'), aStatus('1', 'delivered')], aGraphEndpoint()).map(({ part }) => part);
    const posted = JSON.parse(encodeWebhook('graph', parts).toString()) as Posted;
    expect(posted.entry).toHaveLength(1);
    expect(posted.entry?.[0]?.changes).toHaveLength(2);
  });

  it('On-Premises: UTF-8, flat, with the arrays joined', () => {
    const parts = writeParts([aStatus('1', 'sent'), aStatus('1', 'delivered')], anOnPremEndpoint()).map(({ part }) => part);
    const posted = JSON.parse(encodeWebhook('on-prem', parts).toString()) as Posted;
    expect(posted.statuses?.map(({ status }) => status)).toEqual(['sent', 'delivered']);
  });

  it('an endpoint that wants none of it gets nothing', () => {
    expect(writeParts([aStatus('1', 'sent')], aGraphEndpoint({ fields: [] }))).toEqual([]);
    expect(
      writeParts([aStatus('1', 'sent')], anOnPremEndpoint({ statuses: { sent: false, delivered: true, read: true } })),
    ).toEqual([]);
  });
});

describe('the signature', () => {
  it('is the HMAC-SHA256 of the bytes (RFC 4231, case 2)', () => {
    expect(signature(Buffer.from('what do ya want for nothing?'), 'Jefe')).toBe(
      'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('changes with every byte', () => {
    const other = `sha256=${createHmac('sha256', 'Jefe').update('what do ya want for nothing!').digest('hex')}`;
    expect(signature(Buffer.from('what do ya want for nothing?'), 'Jefe')).not.toBe(other);
  });
});
