import { type Principal, type Result, ok, refuse } from '#domain';
import { mayTouch, unknownObject } from '../access/authorize.js';
import type { NumberFacts } from '../access/directory.js';

/** The number a principal may send from; one that is another business's is answered as one that does not exist. */
export function sendingNumber(principal: Principal, number: NumberFacts | undefined): Result<NumberFacts> {
  if (!number) return { ok: false, failure: unknownObject() };
  const barred = mayTouch(
    principal,
    { businessId: number.businessId, wabaId: number.wabaId, phoneNumberId: number.id },
    { permissions: ['whatsapp_business_messaging'], onPrem: 'user' },
  );
  if (barred) return { ok: false, failure: barred };
  if (!number.isRegistered) return refuse('number-not-registered', 'This phone number has not been registered');
  return ok(number);
}
