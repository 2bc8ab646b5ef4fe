import { call } from '../support/the-node.js';
import type { FaultyNode } from './faulty-node.js';
import { type Shown, textOf } from './handset-fleet.js';
import type { Operation } from './load.js';
import { sleep } from './seed.js';

/** What a run came to. Lists name the first few. */
export interface Findings {
  readonly operations: number;
  readonly accepted: number;
  readonly unknown: number;
  /** Unknown to the client, and found to have happened. */
  readonly recovered: number;
  /** Answered 2xx and not at the handset. */
  readonly lost: readonly string[];
  /** Two messages for one wish. */
  readonly twice: readonly string[];
  /** At a handset although nobody asked for it. */
  readonly unexpected: readonly string[];
  /** Later before earlier, at the handset. */
  readonly handsetOrder: readonly string[];
  /** A message whose statuses the webhook receiver was not told in full. */
  readonly untold: readonly string[];
  /** `delivered` before `sent`, or `read` before `delivered`. */
  readonly statusOrder: readonly string[];
  /** The first `sent` of a later message before that of an earlier one to the same customer. */
  readonly webhookOrder: readonly string[];
  /** The same change told again, byte for byte. */
  readonly toldTwice: number;
  readonly repeatedPushes: number;
  readonly ledger: { readonly lines: number; readonly facts: number; readonly counted: number };
  readonly rows: { readonly messages: number; readonly undelivered: number };
  readonly quality: { readonly accepted: number; readonly delivered: number; readonly sent: number };
}

/**
 * Compares from the outside: what clients were answered, what handsets have, what the webhook receiver was told, and what
 * the ledger says. Waits for what is still under way; what does not come within that time is lost.
 */
export async function check(world: FaultyNode, operations: readonly Operation[], withinMs = 20_000): Promise<Findings> {
  const until = performance.now() + withinMs;
  for (;;) {
    const findings = await look(world, operations);
    const settled =
      findings.lost.length === 0 &&
      findings.untold.length === 0 &&
      findings.rows.undelivered === 0 &&
      Object.values(findings.quality).every((count) => count === findings.rows.messages);
    if (settled || performance.now() > until) return findings;
    await sleep(400);
  }
}

async function look(world: FaultyNode, operations: readonly Operation[]): Promise<Findings> {
  const arrived = await arrivals(world);
  const byText = new Map<string, string[]>();
  for (const list of arrived.values()) {
    for (const { id, text } of list) byText.set(text, [...(byText.get(text) ?? []), id]);
  }
  const wanted = new Map(operations.map((operation) => [operation.text, operation]));
  const ok = operations.filter((operation) => operation.outcome === 'ok');
  const unknown = operations.filter((operation) => operation.outcome === 'unknown');
  const told = statusesOf(world);
  const full = ['sent', 'delivered'];
  return {
    operations: operations.length,
    accepted: ok.length,
    unknown: unknown.length,
    recovered: unknown.filter((operation) => byText.has(operation.text)).length,
    lost: ok.filter(({ id, text }) => !byText.get(text)?.includes(id ?? '')).map(({ text }) => text),
    twice: [...byText].filter(([, ids]) => new Set(ids).size > 1).map(([text]) => text),
    unexpected: [...byText.keys()].filter((text) => !wanted.has(text) || wanted.get(text)?.outcome === 'refused'),
    handsetOrder: [...arrived].flatMap(([waId, list]) => {
      const isPushed = world.customers.some((one) => one.waId === waId && one.hasSocket);
      return isPushed
        ? outOfOrder(
            list.map(({ text }) => text),
            wanted,
          )
        : [];
    }),
    untold: ok
      .filter(({ id }) => !full.every((status) => told.byMessage.get(id ?? '')?.includes(status)))
      .map(({ text }) => text),
    statusOrder: [...told.byMessage].filter(([, statuses]) => !isForward(statuses)).map(([id, statuses]) => `${id}: ${statuses}`),
    webhookOrder: ordersOf(told.sent, ok),
    toldTwice: told.twice,
    repeatedPushes: world.fleet.repeats,
    ledger: await ledger(world, arrived),
    ...(await stored(world)),
  };
}

async function arrivals(world: FaultyNode): Promise<Map<string, readonly { readonly id: string; readonly text: string }[]>> {
  const arrived = new Map<string, readonly { readonly id: string; readonly text: string }[]>(world.fleet.arrived);
  for (const { waId, token, hasSocket } of world.customers) {
    if (hasSocket) continue;
    const { json } = await call(`${world.sandbox.baseUrl}/handset/v1/messages?limit=1000`, { token });
    arrived.set(
      waId,
      json.messages.map((message: Shown) => ({ id: message.id, text: textOf(message) })),
    );
  }
  return arrived;
}

/** An operation whose answer was lost may have happened at any moment until now, so only answered ones have an order. */
function outOfOrder(texts: readonly string[], wanted: ReadonlyMap<string, Operation>): string[] {
  const found: string[] = [];
  let last = 0;
  for (const text of texts) {
    const operation = wanted.get(text);
    if (operation?.outcome !== 'ok') continue;
    if (operation.n < last) found.push(`${text} after ${last}`);
    last = Math.max(last, operation.n);
  }
  return found;
}

function statusesOf(world: FaultyNode) {
  const byMessage = new Map<string, string[]>();
  const sent: string[] = [];
  const seen = new Set<string>();
  let twice = 0;
  for (const value of world.catcher.graphValues()) {
    for (const status of value.statuses ?? []) {
      const change = `${status.id}/${status.status}`;
      if (seen.has(change)) {
        twice += 1;
        continue;
      }
      seen.add(change);
      const list = byMessage.get(status.id);
      if (list) list.push(status.status);
      else byMessage.set(status.id, [status.status]);
      if (status.status === 'sent') sent.push(status.id);
    }
  }
  return { byMessage, sent, twice };
}

const STEPS = ['sent', 'delivered', 'read'];

function isForward(statuses: readonly string[]): boolean {
  return statuses.every((status, index) => index === 0 || STEPS.indexOf(status) > STEPS.indexOf(statuses[index - 1] as string));
}

function ordersOf(sent: readonly string[], ok: readonly Operation[]): string[] {
  const byId = new Map(ok.map((operation) => [operation.id, operation]));
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const id of sent) {
    const operation = byId.get(id);
    if (!operation) continue;
    const before = last.get(operation.waId) ?? 0;
    if (operation.n < before) found.push(`${operation.text} after ${before}`);
    last.set(operation.waId, Math.max(before, operation.n));
  }
  return found;
}

/** Every customer who got a message has had one conversation: the runs are shorter than its 24 hours. */
async function ledger(world: FaultyNode, arrived: ReadonlyMap<string, readonly unknown[]>): Promise<Findings['ledger']> {
  const [row] = await world.rows<{ lines: number; counted: number }>(
    `SELECT (SELECT count(*) FROM core.ledger WHERE phone_number_id = $1)::int AS lines,
            (SELECT coalesce(sum(conversations), 0) FROM core.conversation_counters WHERE phone_number_id = $1)::int AS counted`,
    [world.sandbox.graph.phoneNumberId],
  );
  const facts = [...arrived.values()].filter((list) => list.length > 0).length;
  return { lines: row?.lines ?? 0, counted: row?.counted ?? 0, facts };
}

async function stored(world: FaultyNode): Promise<Pick<Findings, 'rows' | 'quality'>> {
  const [row] = await world.rows<{ messages: number; undelivered: number; accepted: number; delivered: number; sent: number }>(
    `SELECT count(*)::int AS messages, count(*) FILTER (WHERE s.status IS NULL OR s.status NOT IN (4, 5))::int AS undelivered,
            (SELECT coalesce(sum(count), 0) FROM quality.totals WHERE phone_number_id = $1 AND signal = 'accepted')::int AS accepted,
            (SELECT coalesce(sum(count), 0) FROM quality.totals WHERE phone_number_id = $1 AND signal = 'delivered')::int AS delivered,
            (SELECT coalesce(sum(count), 0) FROM quality.totals WHERE phone_number_id = $1 AND signal = 'sent')::int AS sent
     FROM core.messages m LEFT JOIN core.message_status s ON s.business_id = m.business_id AND s.id = m.id
     WHERE m.phone_number_id = $1 AND NOT m.inbound`,
    [world.sandbox.graph.phoneNumberId],
  );
  const { messages = 0, undelivered = 0, accepted = 0, delivered = 0, sent = 0 } = row ?? {};
  return { rows: { messages, undelivered }, quality: { accepted, delivered, sent } };
}
