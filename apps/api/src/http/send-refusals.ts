import { type Door, failure } from '#domain';
import { EarlyHead, type EarlyWords } from '#runtime';
import type { DoorFilter } from './door.filter.js';
import { requestId } from './request-id.js';
import type { SecurityHeaders } from './security-headers.js';

const CODE = 'overloaded';
const TOO_MUCH = failure(CODE, 'The node has as many messages to accept as it can');
/** Stands in a form where the request's id will; no door's words hold it otherwise. */
const ID = '{request-id}';

/** What a door says to every send that is too much. */
interface Form {
  readonly head: EarlyHead;
  /** Its body, cut where the request's id stands. */
  readonly body: readonly string[];
}

/**
 * What is told to sends that are too many: what `DoorFilter` would answer, of which all but the request's id and when to come
 * back is put together once for each door. There are a thousand such answers a second just when the node has no time for them.
 */
export class SendRefusals {
  private readonly forms = new Map<Door, Form>();

  constructor(
    private readonly filter: Pick<DoorFilter, 'word' | 'count'>,
    private readonly security: SecurityHeaders,
  ) {}

  of(door: Door, retryAfterSeconds: number, crossOrigin: Readonly<Record<string, string>>): EarlyWords {
    return () => {
      const { head, body } = this.formOf(door);
      this.filter.count(door, CODE);
      const id = requestId();
      const headers = ['retry-after', String(retryAfterSeconds), 'x-request-id', id];
      for (const name in crossOrigin) headers.push(name, crossOrigin[name] ?? '');
      return { head, headers, body: body.join(id) };
    };
  }

  private formOf(door: Door): Form {
    let form = this.forms.get(door);
    if (!form) this.forms.set(door, (form = this.form(door)));
    return form;
  }

  private form(door: Door): Form {
    const path = '/messages';
    const { status, headers, body } = this.filter.word(TOO_MUCH, door, { requestId: ID, path });
    const { 'retry-after': _, ...always } = headers;
    return { head: new EarlyHead(status, Object.entries({ ...this.security(path), ...always }).flat()), body: body.split(ID) };
  }
}
