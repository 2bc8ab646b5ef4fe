import { expect } from 'vitest';
import type { Findings } from './checker.js';

/** The lists, of each the first few. */
function short(findings: Findings): Record<string, readonly string[]> {
  const { lost, twice, unexpected, untold, handsetOrder, statusOrder, webhookOrder } = findings;
  const lists = { lost, twice, unexpected, untold, handsetOrder, statusOrder, webhookOrder };
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.length > 3 ? [...list.slice(0, 3), `${list.length} in all`] : list]),
  );
}

/** Prints what a run came to. */
export function tell(title: string, findings: Findings): void {
  const { operations, accepted, unknown, recovered, toldTwice, repeatedPushes, ledger, rows, quality } = findings;
  const figures = { operations, accepted, unknown, recovered, toldTwice, repeatedPushes, ledger, rows, quality };
  process.stdout.write(`  ${title}: ${JSON.stringify(figures)}\n`);
  for (const [name, list] of Object.entries(short(findings))) {
    if (list.length > 0) process.stdout.write(`    ${name}: ${list.join(', ')}\n`);
  }
}

/** Nothing lost, no effect twice, order kept, the ledger and the counts equal to facts. */
export function expectSound(title: string, findings: Findings): void {
  const nothing = { lost: [], twice: [], unexpected: [], untold: [], handsetOrder: [], statusOrder: [], webhookOrder: [] };
  expect(short(findings), title).toEqual(nothing);
  const { facts } = findings.ledger;
  expect(findings.ledger, title).toEqual({ lines: facts, facts, counted: facts });
  const messages = findings.accepted + findings.recovered;
  expect(findings.rows, title).toEqual({ messages, undelivered: 0 });
  expect(findings.quality, title).toEqual({ accepted: messages, delivered: messages, sent: messages });
}
