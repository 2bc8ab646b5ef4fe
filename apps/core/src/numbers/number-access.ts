import { Injectable } from '@nestjs/common';
import { type Failure, type Permission, refuse, type Result } from '#domain';
import type { Asker } from '../access/answers.js';
import { mayTouch, unknownObject } from '../access/authorize.js';
import { Directory, type NumberFacts } from '../access/directory.js';

const messaging: readonly Permission[] = ['whatsapp_business_messaging'];
const management: readonly Permission[] = ['whatsapp_business_management'];
const registration: readonly Permission[] = ['whatsapp_business_management', 'whatsapp_business_messaging'];

/**
 * What a caller wants to do to a number; registration and PIN need both permissions (platform's registration page), the
 * block list that of messages (platform's page on blocking).
 */
export type NumberAct = 'manage' | 'register' | 'read' | 'message';

const permissions: Record<NumberAct, readonly Permission[]> = {
  manage: management,
  register: registration,
  read: management,
  message: messaging,
};

/** Finds a number for a caller who may do this to it. */
@Injectable()
export class NumberAccess {
  constructor(private readonly directory: Directory) {}

  /** Undefined: the number of the caller's own installation. */
  async find(asker: Asker, phoneNumberId: string | undefined, act: NumberAct): Promise<Result<NumberFacts>> {
    const { principal } = asker;
    const id = phoneNumberId ?? (principal.kind === 'on-prem-user' ? principal.phoneNumberId : undefined);
    if (id === undefined) return refuse('missing-parameter', 'A phone number id is required', { field: 'phone_number_id' });
    const facts = await this.directory.number(id);
    if (!facts) return failed(unknownObject());
    const barred = mayTouch(
      principal,
      { businessId: facts.businessId, wabaId: facts.wabaId, phoneNumberId: facts.id },
      {
        permissions: permissions[act],
        scope: 'businesses:write',
        onPrem: act === 'read' ? 'user' : 'admin',
      },
    );
    return barred ? failed(barred) : { ok: true, value: facts };
  }
}

function failed(failure: Failure): Result<never> {
  return { ok: false, failure };
}
