import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageId } from '#domain';
import { graphMessageId, onPremMessageId, parseMessageId } from './message-id.js';

const id = '123456789012345678' as MessageId;

describe('the ids of a message', () => {
  it.each([
    ['Graph, sent', graphMessageId(id, '16505551234', 'out'), 'wamid.HBgLMTY1MDU1NTEyMzQVAgARGBIwMUI2OUI0QkE2MzBGMzRFNzcA'],
    ['Graph, received', graphMessageId(id, '16505551234', 'in'), 'wamid.HBgLMTY1MDU1NTEyMzQVAgASGBIwMUI2OUI0QkE2MzBGMzRFNzUA'],
    ['On-Premises, sent, odd number of digits', onPremMessageId(id, '16505551234', 'out'), 'gBGG'],
    ['On-Premises, sent, even number of digits', onPremMessageId(id, '491711234567', 'out'), 'gBEG'],
    ['On-Premises, received, odd number of digits', onPremMessageId(id, '16505551234', 'in'), 'ABGG'],
    ['On-Premises, received, even number of digits', onPremMessageId(id, '491711234567', 'in'), 'ABEG'],
  ])('%s', (_, written, expected) => {
    expect(written.slice(0, expected.length)).toBe(expected);
  });

  const rowIds = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map((value) => value.toString() as MessageId);
  const waIds = fc.stringMatching(/^[1-9][0-9]{4,14}$/);
  const userIds = fc.stringMatching(/^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/);
  const directions = fc.constantFrom('in' as const, 'out' as const);

  it('are read back to the same row', () => {
    fc.assert(
      fc.property(rowIds, fc.oneof(waIds, userIds), directions, (row, party, direction) => {
        expect(parseMessageId(graphMessageId(row, party, direction))).toBe(row);
        expect(parseMessageId(onPremMessageId(row, party, direction))).toBe(row);
      }),
    );
  });

  it('are read in base64url and without padding too', () => {
    const written = graphMessageId(id, '16505551234', 'out');
    expect(parseMessageId(written.replaceAll('=', ''))).toBe(id);
    expect(parseMessageId(written.replaceAll('+', '-').replaceAll('/', '_'))).toBe(id);
    expect(parseMessageId(onPremMessageId(id, '16505551234', 'out').replaceAll('-', '+').replaceAll('_', '/'))).toBe(id);
  });

  it('are read whatever was read before', () => {
    const long = graphMessageId(id, `DE.${'x'.repeat(128)}`, 'in');
    const short = graphMessageId('7' as MessageId, '4917', 'out');
    expect([long, short, long, short].map(parseMessageId)).toEqual([id, '7', id, '7']);
    expect(parseMessageId(short.slice(0, 40))).toBeUndefined();
  });

  it('differ by direction and by party', () => {
    const written = new Set([
      graphMessageId(id, '16505551234', 'out'),
      graphMessageId(id, '16505551234', 'in'),
      graphMessageId(id, '16505551235', 'out'),
      onPremMessageId(id, '16505551234', 'out'),
      onPremMessageId(id, '16505551234', 'in'),
    ]);
    expect(written.size).toBe(5);
  });

  it('keep the length that clients have columns for', () => {
    expect(onPremMessageId(id, '79944067536', 'out')).toHaveLength(27);
    expect(graphMessageId(id, '16505551234', 'out')).toHaveLength(58);
  });
});

describe('what is not an id of ours', () => {
  it.each([
    ['nothing', ''],
    ['the prefix alone', 'wamid.'],
    ['a bare row id', '123456789012345678'],
    ["the platform's own", 'wamid.HBgLMTY1MDUwNzY1MjAVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA'],
    ["the vendor's own", 'gBGGeZRAZ1NvAgnGR-j9-pxXv1c'],
    ['spaces in it', `wamid. ${graphMessageId(id, '16505551234', 'out').slice(6)}`],
    ['something long', `wamid.${'A'.repeat(1_000)}`],
  ])('%s', (_, text) => {
    expect(parseMessageId(text)).toBeUndefined();
  });

  it('is any text, and none of it throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.base64String().map((text) => `wamid.${text}`),
        ),
        (text) => {
          expect(parseMessageId(text)).toBeUndefined();
        },
      ),
    );
  });

  it('is an id with another byte anywhere in it', () => {
    const bytes = Buffer.from(graphMessageId(id, '16505551234', 'out').slice('wamid.'.length), 'base64');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (bytes[at] as number) ^ 1;
      expect(parseMessageId(`wamid.${changed.toString('base64')}`)).toBeUndefined();
    }
  });

  it('is an id of a row beyond all rows', () => {
    const beyond = ((1n << 63n) + 5n).toString() as MessageId;
    expect(parseMessageId(graphMessageId(beyond, '16505551234', 'out'))).toBeUndefined();
    expect(parseMessageId(onPremMessageId(beyond, '16505551234', 'out'))).toBeUndefined();
  });
});
