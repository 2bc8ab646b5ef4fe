import { type MessageId, ok, refuse, type Result } from '#domain';
import { parseMessageId } from '#dialects/message-body';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';
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

/** What is told of an entry, and of each of its events. */
export interface HistoryFields {
  readonly names: readonly string[];
  readonly eventNames: readonly string[];
}

const eventWriter: NodeWriter<HistoryEvent> = {
  id: (event) => event.id,
  delivery_status: (event) => event.status,
  timestamp: (event) => Math.floor(event.at / 1000),
  error_description: (event) => event.error,
  // The platform has them; here an event is of the message, and says nothing of the webhooks that told of it.
  webhook_update_state: () => undefined,
  webhook_uri: () => undefined,
  application: () => undefined,
};
const eventDefaults = ['id', 'delivery_status', 'timestamp', 'error_description'];

const writer = ({ eventNames }: HistoryFields): NodeWriter<History> => ({
  id: (history) => history.id,
  message_id: (history) => publicMessageId(history.id, { waId: history.waId }, 'out'),
  events: (history) => ({ data: history.events.map((event) => writeNode(event, eventNames, eventWriter)) }),
});

/** The fields of an entry of the list; `events{…}` has a choice of its own. */
export function chooseHistoryFields(selection: readonly SelectedField[] | undefined): Result<HistoryFields> {
  const whole: HistoryFields = { names: ['id', 'message_id', 'events'], eventNames: eventDefaults };
  const names = chooseFields(selection, writer(whole), whole.names, 'WhatsAppMessageHistory');
  if (!names.ok) return names;
  const inner = selection?.find((field) => field.name === 'events')?.fields ?? [];
  const eventNames = chooseFields(
    inner.length === 0 ? undefined : inner,
    eventWriter,
    eventDefaults,
    'MessageDeliveryStatusEvent',
  );
  return eventNames.ok ? ok({ names: names.value, eventNames: eventNames.value }) : eventNames;
}

/** An entry of the list, with its events as a list of their own. */
export function writeMessageHistory(history: History, fields: HistoryFields): Readonly<Record<string, unknown>> {
  return writeNode(history, fields.names, writer(fields));
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
    return refuse('cursor-invalid', 'Invalid cursor; ask again without it', { field: query.after ? 'after' : 'before' });
  }
  const from = query.after !== undefined ? at + 1 : query.before === undefined ? 0 : Math.max(0, at - query.limit);
  const to = query.after === undefined && query.before !== undefined ? at : from + query.limit;
  const page = events.slice(from, to);
  const names = chooseOccurrenceFields(selection);
  if (!names.ok) return names;
  const [first, last] = [page[0], page.at(-1)];
  return ok({
    items: page.map((event) => ({ cursor: cursorOf(event), node: writeOccurrence({ event, app: history.app }, names.value) })),
    ...(first && last ? { cursors: { before: cursorOf(first), after: cursorOf(last) } } : {}),
    hasNext: to < events.length,
    hasPrevious: from > 0,
  });
}

/** A message is never told to be deleted: there is no call that deletes one. */
const statuses: readonly string[] = ['SENT', 'DELIVERED', 'READ', 'FAILED', 'DELETED'];

interface Occurrence {
  readonly event: HistoryEvent;
  readonly app: { readonly id: string; readonly name: string } | undefined;
}

const occurrenceWriter: NodeWriter<Occurrence> = {
  id: ({ event }) => event.id,
  delivery_status: ({ event }) => event.status,
  error_description: ({ event }) => event.error,
  occurrence_timestamp: ({ event }) => Math.floor(event.at / 1000),
  status_timestamp: ({ event }) => Math.floor(event.at / 1000),
  application: ({ app }) => app,
};

/** The names may stand within `node{…}` or by themselves. */
function chooseOccurrenceFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  const wanted = selection
    ?.flatMap((field) => (field.name === 'node' ? field.fields : [field]))
    .filter((field) => field.name !== 'cursor');
  const whole = Object.keys(occurrenceWriter);
  const isWhole = wanted === undefined || wanted.length === 0;
  const type = 'WhatsAppBusinessMessageDeliveryStatusOccurrence';
  const names = chooseFields(isWhole ? undefined : wanted, occurrenceWriter, whole, type);
  return names.ok ? ok([...new Set(['id', 'delivery_status', 'occurrence_timestamp', ...names.value])]) : names;
}

function writeOccurrence(occurrence: Occurrence, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(occurrence, names, occurrenceWriter);
}

function cursorOf(event: HistoryEvent): string {
  return Buffer.from(event.id).toString('base64url');
}

function eventOf(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString('latin1');
}
