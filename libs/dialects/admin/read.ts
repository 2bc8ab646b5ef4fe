import { type ConsentRecord, DAY, type Result, durationMs, ok, refuse } from '#domain';

/** A consent as its importer writes it; shape already checked. */
export interface WrittenOptIn {
  readonly waId: string;
  readonly state: ConsentRecord['state'];
  readonly source: string;
  readonly purpose?: string | undefined;
  readonly evidence?: string | undefined;
  /** ISO 8601 with its zone. */
  readonly givenAt?: string | undefined;
}

/** `now` stands for a consent that does not say when it was given; one from the future is refused. */
export function readOptIns(
  lines: readonly WrittenOptIn[],
  now: number,
): Result<readonly (ConsentRecord & { readonly waId: string })[]> {
  const read: (ConsentRecord & { readonly waId: string })[] = [];
  for (const [position, { waId, state, source, purpose, evidence, givenAt }] of lines.entries()) {
    const at = givenAt === undefined ? now : Date.parse(givenAt);
    const field = `lines[${position}].givenAt`;
    if (!Number.isFinite(at)) return refuse('invalid-parameter', `${field} is not a time`, { field });
    if (at > now + DAY) return refuse('invalid-parameter', `${field} lies in the future`, { field });
    read.push({ waId, state, source, purpose, evidence, givenAt: at });
  }
  return ok(read);
}

const LONGEST_ADVANCE_DAYS = 400;

/** How far the sandbox's clock is to move: an ISO 8601 duration, positive, at most 400 days. In milliseconds. */
export function readAdvance(text: string): Result<number> {
  const ms = durationMs(text);
  const field = 'advance';
  if (ms === undefined || ms <= 0)
    return refuse('invalid-parameter', 'advance must be a positive ISO 8601 duration, as in PT25H', { field });
  if (ms > LONGEST_ADVANCE_DAYS * DAY)
    return refuse('invalid-parameter', `advance may be at most P${LONGEST_ADVANCE_DAYS}D`, { field });
  return ok(ms);
}
