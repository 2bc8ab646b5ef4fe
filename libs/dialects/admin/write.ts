import { type ConsentRecord, type ConsentState, type PhoneNumber, SECOND, type StoredTemplate, type Waba } from '#domain';

/** Times leave as ISO 8601 in UTC. */
export function writeTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function writeToken(token: { readonly tokenId: string; readonly token: string; readonly expiresAt: number | undefined }): {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: string | null;
} {
  return { id: token.tokenId, token: token.token, expiresAt: token.expiresAt === undefined ? null : writeTime(token.expiresAt) };
}

export function writeWaba(waba: Waba): Waba {
  const { id, businessId, name, currency, timezoneId, namespace, optInPolicy } = waba;
  return { id, businessId, name, currency, timezoneId, namespace, optInPolicy };
}

export function writeTemplate(template: StoredTemplate): {
  readonly id: string;
  readonly wabaId: string;
  readonly name: string;
  readonly language: string;
  readonly category: string;
  readonly status: string;
  readonly rejectedReason?: string | undefined;
} {
  const { id, wabaId, name, language, category, status, rejectedReason } = template;
  return { id, wabaId, name, language, category, status, rejectedReason };
}

export function writeDisplayName(
  number: PhoneNumber,
): Pick<PhoneNumber, 'id' | 'displayNumber' | 'verifiedName' | 'nameStatus' | 'newDisplayName' | 'newNameStatus'> {
  const { id, displayNumber, verifiedName, nameStatus, newDisplayName, newNameStatus } = number;
  return { id, displayNumber, verifiedName, nameStatus, newDisplayName, newNameStatus };
}

export function writeConsent(consent: {
  readonly waId: string;
  readonly state: ConsentState;
  readonly records: readonly ConsentRecord[];
}): {
  readonly waId: string;
  readonly state: ConsentState;
  readonly records: readonly (Omit<ConsentRecord, 'givenAt'> & { readonly givenAt: string })[];
} {
  const { waId, state, records } = consent;
  return {
    waId,
    state,
    records: records.map((record) => ({
      state: record.state,
      source: record.source,
      purpose: record.purpose,
      evidence: record.evidence,
      givenAt: writeTime(record.givenAt),
    })),
  };
}

export function writeClock(clock: { readonly now: number; readonly offsetMs: number }): {
  readonly now: string;
  readonly offset: string;
} {
  return { now: writeTime(clock.now), offset: `PT${Math.floor(clock.offsetMs / SECOND)}S` };
}
