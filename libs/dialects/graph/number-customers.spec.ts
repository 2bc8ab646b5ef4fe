import { describe, expect, it } from 'vitest';
import { failure, type MessageId, type Result } from '#domain';
import {
  chooseBlockedUserFields,
  chooseHistoryFields,
  chooseQrCodeFields,
  pageOfEvents,
  readBlockUsers,
  readFieldSelection,
  readQrCode,
  writeBlockedUser,
  writeBlockOutcome,
  writeMessageHistory,
  writeQrCode,
} from './index.js';

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
};
const faultOf = (result: Result<unknown>) => (result.ok ? 'ok' : `${result.failure.code} ${result.failure.field ?? ''}`);

describe('a block list', () => {
  it('is read from people as they are written', () => {
    const whatsapp = { messaging_product: 'whatsapp' };
    expect(valueOf(readBlockUsers({ ...whatsapp, block_users: [{ user: '+491713920001' }, { user: 491713920002 }] }))).toEqual([
      '+491713920001',
      '491713920002',
    ]);
    expect(valueOf(readBlockUsers({ ...whatsapp, block_users: '[{"user":"1"}]' }))).toEqual(['1']);
    expect(faultOf(readBlockUsers({ block_users: [{ user: '1' }] }))).toBe('missing-parameter messaging_product');
    expect(faultOf(readBlockUsers({ ...whatsapp, block_users: [] }))).toBe('invalid-parameter block_users');
    expect(faultOf(readBlockUsers({ ...whatsapp, block_users: [{}] }))).toBe('missing-parameter block_users[0].user');
  });

  it('tells the fields that are asked for', () => {
    const choose = (fields?: string) => {
      const selection = readFieldSelection(fields);
      return selection.ok ? chooseBlockedUserFields(selection.value) : selection;
    };
    const ada = { waId: '491713920001' };
    expect(writeBlockedUser(ada, valueOf(choose()))).toEqual({ messaging_product: 'whatsapp', wa_id: '491713920001' });
    expect(writeBlockedUser(ada, valueOf(choose('wa_id')))).toEqual({ wa_id: '491713920001' });
    expect(faultOf(choose('name'))).toBe('invalid-parameter fields');
    expect(faultOf(choose('wa_id{'))).toBe('invalid-parameter fields');
  });

  it('says who was added or removed, and is a refusal that says so when some were not', () => {
    const done = [{ input: '+491713920001', waId: '491713920001' }];
    expect(writeBlockOutcome({ done, failed: [] }, 'unblock', 'r')).toEqual({
      status: 200,
      body: {
        messaging_product: 'whatsapp',
        block_users: { removed_users: [{ input: '+491713920001', wa_id: '491713920001' }] },
      },
    });
    const failed = [{ input: '2', waId: '2', failure: failure('window-closed', 'Not within 24 hours') }];
    expect(writeBlockOutcome({ done, failed }, 'block', 'r')).toEqual({
      status: 400,
      body: {
        messaging_product: 'whatsapp',
        block_users: {
          added_users: [{ input: '+491713920001', wa_id: '491713920001' }],
          failed_users: [
            {
              input: '2',
              wa_id: '2',
              errors: [
                {
                  message: '(#131047) Re-engagement message',
                  code: 131_047,
                  error_data: { details: 'Not within 24 hours' },
                },
              ],
            },
          ],
        },
        error: {
          message: '(#139100) Failed to block or unblock some users',
          type: 'OAuthException',
          code: 139_100,
          error_data: {
            messaging_product: 'whatsapp',
            details: 'Failed to block some users, see the block_users response list for details',
          },
          fbtrace_id: 'r',
        },
      },
    });
  });
});

describe('a QR code', () => {
  it('is read with and without a code', () => {
    expect(valueOf(readQrCode({ prefilled_message: 'Hi', generate_qr_image: 'SVG' }))).toEqual({
      code: undefined,
      prefilledMessage: 'Hi',
      image: 'SVG',
    });
    expect(valueOf(readQrCode({ prefilled_message: 'Hi', code: '5QBPAD2DC6L5A2' })).code).toBe('5QBPAD2DC6L5A2');
    expect(faultOf(readQrCode({}))).toBe('missing-parameter prefilled_message');
    expect(faultOf(readQrCode({ prefilled_message: 'x'.repeat(141) }))).toBe('text-too-long prefilled_message');
    expect(faultOf(readQrCode({ prefilled_message: 'Hi', code: '5QBPAD2DC6L5A1' }))).toBe('invalid-parameter code');
    expect(faultOf(readQrCode({ prefilled_message: 'Hi', generate_qr_image: 'GIF' }))).toBe(
      'invalid-parameter generate_qr_image',
    );
  });

  it('has an image in the format that the field names', () => {
    const choose = (fields: string | undefined) => chooseQrCodeFields(valueOf(readFieldSelection(fields)));
    expect(valueOf(choose(undefined)).image).toBeUndefined();
    expect(valueOf(choose('qr_image_url.format(PNG)')).image).toBe('PNG');
    expect(valueOf(choose('code,qr_image_url')).image).toBe('SVG');
    expect(faultOf(choose('qr_image_url.format(GIF)'))).toBe('invalid-parameter fields');
    const code = { code: 'A', prefilledMessage: 'Hi', createdAt: 5_000, link: 'https://n/message/A', imageUrl: 'https://n/i' };
    expect(writeQrCode(code, valueOf(choose('creation_time,qr_image_url')))).toEqual({
      code: 'A',
      creation_time: 5,
      qr_image_url: 'https://n/i',
    });
    expect(writeQrCode({ ...code, imageUrl: undefined })).toEqual({
      code: 'A',
      prefilled_message: 'Hi',
      deep_link_url: 'https://n/message/A',
    });
  });
});

describe('the events of a message', () => {
  const history = {
    id: '7' as MessageId,
    waId: '491713920001',
    events: [
      { id: '71', status: 'SENT' as const, at: 1_000 },
      { id: '72', status: 'DELIVERED' as const, at: 2_000 },
      { id: '73', status: 'READ' as const, at: 3_000 },
    ],
    app: { id: '9', name: 'CRM' },
  };
  const page = (query: object) => pageOfEvents(history, { status: undefined, limit: 25, ...query }, undefined);
  const idsOf = (query: object) => valueOf(page(query)).items.map((item) => (item['node'] as { id: string }).id);

  it('are cut into pages and filtered', () => {
    expect(idsOf({})).toEqual(['71', '72', '73']);
    expect(idsOf({ status: 'READ' })).toEqual(['73']);
    expect(idsOf({ status: 'DELETED' })).toEqual([]);
    const first = valueOf(page({ limit: 2 }));
    expect(first).toMatchObject({ hasNext: true, hasPrevious: false });
    expect(idsOf({ limit: 2, after: first.cursors?.after })).toEqual(['73']);
    expect(idsOf({ limit: 2, before: Buffer.from('73').toString('base64url') })).toEqual(['71', '72']);
    expect(faultOf(page({ after: 'nonsense' }))).toBe('cursor-invalid after');
    expect(faultOf(page({ status: 'LOST' }))).toBe('invalid-parameter status_filter');
  });

  it('are told in part, when only a part is asked for', () => {
    const select = (fields: string) => {
      const selection = readFieldSelection(fields);
      return selection.ok ? pageOfEvents(history, { status: undefined, limit: 1 }, selection.value) : selection;
    };
    const whole = { id: '71', delivery_status: 'SENT', occurrence_timestamp: 1 };
    expect(valueOf(select('cursor,node{application}')).items[0]?.['node']).toEqual({
      ...whole,
      application: { id: '9', name: 'CRM' },
    });
    expect(valueOf(select('status_timestamp')).items[0]?.['node']).toEqual({ ...whole, status_timestamp: 1 });
    expect(faultOf(select('no_such_field'))).toBe('invalid-parameter fields');
  });

  it('stand in the list of messages with the fields that are asked for', () => {
    const choose = (fields?: string) => {
      const selection = readFieldSelection(fields);
      return selection.ok ? chooseHistoryFields(selection.value) : selection;
    };
    const entry = (fields?: string) =>
      writeMessageHistory({ ...history, events: history.events.slice(0, 1) }, valueOf(choose(fields)));
    expect(entry()).toEqual({
      id: '7',
      message_id: expect.stringMatching(/^wamid\./),
      events: { data: [{ id: '71', delivery_status: 'SENT', timestamp: 1 }] },
    });
    expect(entry('id')).toEqual({ id: '7' });
    expect(entry('events{delivery_status}')).toEqual({ events: { data: [{ delivery_status: 'SENT', id: '71' }] }, id: '7' });
    expect(faultOf(choose('owner'))).toBe('invalid-parameter fields');
    expect(faultOf(choose('events{owner}'))).toBe('invalid-parameter fields');
  });

  it('say when and to which app', () => {
    expect(valueOf(page({ limit: 1 })).items[0]).toEqual({
      cursor: Buffer.from('71').toString('base64url'),
      node: {
        id: '71',
        delivery_status: 'SENT',
        occurrence_timestamp: 1,
        status_timestamp: 1,
        application: { id: '9', name: 'CRM' },
      },
    });
  });
});
