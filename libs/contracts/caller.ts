import type { Door, Result } from '#domain';

/** Who asks, and through which door. Core resolves the token; a door never does. */
export interface Caller {
  readonly door: Door;
  /** SHA-256 of the presented token, base64url; undefined when none was presented. */
  readonly tokenHash: string | undefined;
  readonly requestId: string;
  readonly ip?: string | undefined;
}

/** A question of one caller. */
export type Asked<Question> = Question & { readonly caller: Caller };

/** What core answers: a value, or a refusal from the closed list. */
export type Answered<Value> = Result<Value>;

/** A page of a list. `after`/`before` are opaque cursors made by core. */
export interface PageQuestion {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursors?: { readonly before: string; readonly after: string } | undefined;
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}
