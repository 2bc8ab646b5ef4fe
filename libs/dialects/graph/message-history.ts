import { type MessageId, ok, refuse, type Result } from '#domain';
import { parseMessageId } from '#dialects/message-body';
import type { SelectedField } from './field-selection.js';
import { publicMessageId } from './messages.js';

export type HistoryStatus = 'SENT' | 'DELIVERED' | 'READ' | 'FAILED';

interface HistoryEvent {
  readonly id: string;
  readonly status: HistoryStatus;
  readonly at: number;
  readonly error?: string | undefined;
}

interface History {
  readonly id: MessageId;
  readonly waId: string;
  readonly events: readonly HistoryEvent[];
}

/** `message_id` of `GET /{phone-number-id}/message_history`: `undefined` when it is not asked for. */
export function readHistoryMessageId(text: string | undefined): Result<MessageId | undefined> {
  if (text === undefined || text === '') return ok(undefined);
  const id = parseMessageId(text);
  return id === undefined
    ? refuse('invalid-parameter', 'message_id is not the id of a message', { field: 'message_id' })
    : ok(id);
}

/** An entry of the list, with its events as a list of their own. */
export function writeMessageHistory(history: History): Readonly<Record<string, unknown>> {
  return {
    id: history.id,
    message_id: publicMessageId(history.id, { waId: history.waId }, 'out'),
    events: {
      data: history.events.map((event) => ({
        id: event.id,
        delivery_status: event.status,
        timestamp: Math.floor(event.at / 1000),
        ...(event.error === undefined ? {} : { error_description: event.error }),
      })),
    },
  };
}

export interface HistoryEventsQuery {
  readonly status: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** `GET /{message-history-id}/events`: a message has few events, so its pages are cut here. A cursor is an event's id. */
export function pageOfEvents(
  history: History & { readonly app: { readonly id: string; readonly name: string } | undefined },
  query: HistoryEventsQuery,
  selection: readonly SelectedField[] | undefined,
): Result<{
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly cursors?: { readonly before: string; readonly after: string };
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}> {
  const { status } = query;
  if (status !== undefined && status !== '' && !statuses.includes(status)) {
    return refuse('invalid-parameter', `status_filter must be one of {${statuses.join(', ')}}`, { field: 'status_filter' });
  }
  const events = history.events.filter((event) => !status || event.status === status);
  const cursor = query.after ?? query.before;
  const at = cursor === undefined ? -1 : events.findIndex((event) => event.id === eventOf(cursor));
  if (cursor !== undefined && at === -1) {
    return refuse('invalid-parameter', 'Invalid cursor; ask again without it', { field: query.after ? 'after' : 'before' });
  }
  const from = query.after !== undefined ? at + 1 : query.before === undefined ? 0 : Math.max(0, at - query.limit);
  const to = query.after === undefined && query.before !== undefined ? at : from + query.limit;
  const page = events.slice(from, to);
  const names = selection?.map((field) => field.name).filter((name) => name !== 'node' && name !== 'cursor');
  const [first, last] = [page[0], page.at(-1)];
  return ok({
    items: page.map((event) => ({ cursor: cursorOf(event), node: writeEvent(event, history.app, names) })),
    ...(first && last ? { cursors: { before: cursorOf(first), after: cursorOf(last) } } : {}),
    hasNext: to < events.length,
    hasPrevious: from > 0,
  });
}

/** A message is never told to be deleted: there is no call that deletes one. */
const statuses: readonly string[] = ['SENT', 'DELIVERED', 'READ', 'FAILED', 'DELETED'];

function writeEvent(
  event: HistoryEvent,
  app: { readonly id: string; readonly name: string } | undefined,
  names: readonly string[] | undefined,
): Readonly<Record<string, unknown>> {
  const seconds = Math.floor(event.at / 1000);
  const whole: Readonly<Record<string, unknown>> = {
    id: event.id,
    delivery_status: event.status,
    ...(event.error === undefined ? {} : { error_description: event.error }),
    occurrence_timestamp: seconds,
    status_timestamp: seconds,
    ...(app ? { application: app } : {}),
  };
  if (!names || names.length === 0) return whole;
  const always = ['id', 'delivery_status', 'occurrence_timestamp'];
  return Object.fromEntries(Object.entries(whole).filter(([key]) => always.includes(key) || names.includes(key)));
}

function cursorOf(event: HistoryEvent): string {
  return Buffer.from(event.id).toString('base64url');
}

function eventOf(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString('latin1');
}
