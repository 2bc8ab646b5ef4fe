import { describe, expect, it } from 'vitest';
import type { Result, Waba } from '#domain';
import { chooseWabaFields, readFieldSelection, writeWaba } from './index.js';

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
};
const choose = (fields: string | undefined) => chooseWabaFields(valueOf(readFieldSelection(fields)));

const waba: Waba = {
  id: '923203565690288' as Waba['id'],
  businessId: '508118118887252',
  name: 'Bank',
  currency: 'EUR',
  timezoneId: '1',
  namespace: 'ns',
  optInPolicy: 'warn',
};

describe('an account', () => {
  it('has the documented fields by default', () => {
    const { names, edges } = valueOf(choose(undefined));
    expect(edges).toEqual([]);
    expect(writeWaba(waba, names)).toEqual({
      id: '923203565690288',
      name: 'Bank',
      timezone_id: '1',
      message_template_namespace: 'ns',
    });
  });

  it('is read with lists that have fields and a limit of their own', () => {
    expect(valueOf(choose('name,phone_numbers.limit(5){id,status},subscribed_apps'))).toEqual({
      names: ['name', 'id'],
      edges: [
        { name: 'phone_numbers', fields: ['id', 'status'], page: { limit: 5 } },
        { name: 'subscribed_apps', fields: [], page: { limit: 25 } },
      ],
    });
    expect(valueOf(choose('message_templates{name}'))).toEqual({
      names: ['id'],
      edges: [{ name: 'message_templates', fields: ['name', 'id'], page: { limit: 25 } }],
    });
  });

  it.each(['nonsense', 'phone_numbers{nonsense}', 'phone_numbers.limit(0)', 'phone_numbers.limit(many)'])(
    'refuses %s',
    (fields) => {
      expect(choose(fields)).toMatchObject({ ok: false, failure: { code: 'invalid-parameter' } });
    },
  );

  it('is as healthy as the business that owns it', () => {
    expect(writeWaba(waba, ['health_status'])).toEqual({
      health_status: {
        can_send_message: 'AVAILABLE',
        entities: [
          { entity_type: 'WABA', id: '923203565690288', can_send_message: 'AVAILABLE' },
          { entity_type: 'BUSINESS', id: '508118118887252', can_send_message: 'AVAILABLE' },
        ],
      },
    });
  });
});
