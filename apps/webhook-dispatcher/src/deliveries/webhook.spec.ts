import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '#contracts';
import type { MessageEvent } from '#domain';
import { aGraphEndpoint, aStatus, aTextReceived, anOnPremEndpoint } from '../testing/events.js';
import { type Part, encodeWebhook, partWriter, readKept, signature, writeKept } from './webhook.js';

interface Posted {
  readonly entry?: {
    readonly changes: { readonly value: { readonly messages?: { readonly text: { readonly body: string } }[] } }[];
  }[];
  readonly statuses?: { readonly status: string }[];
}

function parts(events: readonly MessageEvent[], endpoint: Endpoint): readonly Part[] {
  const write = partWriter(endpoint);
  return events.flatMap((event) => write(event) ?? []);
}

describe('the bytes of a webhook', () => {
  it('Graph: ASCII with lower-case escapes and escaped slashes, as the platform signs it', () => {
    const written = parts([aTextReceived('1', 'Grüße/😀')], aGraphEndpoint());
    const bytes = encodeWebhook('graph', written);
    const text = bytes.toString('latin1');
    expect(text).toContain('"body":"Gr\\u00fc\\u00dfe\\/\\ud83d\\ude00"');
    expect(bytes.every((byte) => byte < 0x80)).toBe(true);
    const posted = JSON.parse(text) as Posted;
    expect(posted.entry?.[0]?.changes[0]?.value.messages?.[0]?.text.body).toBe('Grüße/😀');
  });

  it('Graph: many events are changes of one POST, in their order', () => {
    const written = parts([aStatus('1', 'sent'), aStatus('1', 'delivered')], aGraphEndpoint());
    const posted = JSON.parse(encodeWebhook('graph', written).toString()) as Posted;
    expect(posted.entry).toHaveLength(1);
    expect(posted.entry?.[0]?.changes).toHaveLength(2);
  });

  it('On-Premises: UTF-8, flat, with the arrays joined', () => {
    const written = parts([aStatus('1', 'sent'), aStatus('1', 'delivered')], anOnPremEndpoint());
    const posted = JSON.parse(encodeWebhook('on-prem', written).toString()) as Posted;
    expect(posted.statuses?.map(({ status }) => status)).toEqual(['sent', 'delivered']);
  });

  it('an endpoint that wants none of it gets nothing', () => {
    expect(parts([aStatus('1', 'sent')], aGraphEndpoint({ fields: [] }))).toEqual([]);
    expect(parts([aStatus('1', 'sent')], anOnPremEndpoint({ statuses: { sent: false, delivered: true, read: true } }))).toEqual(
      [],
    );
  });
});

describe('parts that wait in a row', () => {
  const events = [aTextReceived('1', 'Grüße/😀'), aStatus('1', 'sent'), aTextReceived('2', '"\\\u0000')];

  it.each([aGraphEndpoint(), anOnPremEndpoint()])('go out as they would have at once: $dialect', (endpoint) => {
    const { dialect } = endpoint;
    const written = parts(events, endpoint);
    const kept = JSON.parse(writeKept(dialect, written)) as unknown[];
    expect(kept).toHaveLength(3);
    expect(encodeWebhook(dialect, readKept(dialect, kept))).toEqual(encodeWebhook(dialect, written));
  });

  it('are entries at a Graph endpoint, each with its WABA and, but for messages, its time', () => {
    const entry = { id: '7', time: 1_795_464_001, changes: [{ value: { event: 'PIN_CHANGED', of: 'ü/' }, field: 'security' }] };
    const read = readKept('graph', [entry]);
    expect(JSON.parse(writeKept('graph', read))).toEqual([entry]);
    expect(encodeWebhook('graph', read).toString()).toBe(
      '{"object":"whatsapp_business_account","entry":[{"id":"7","time":1795464001,' +
        '"changes":[{"value":{"event":"PIN_CHANGED","of":"\\u00fc\\/"},"field":"security"}]}]}',
    );
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
