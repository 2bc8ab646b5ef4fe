import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Door } from '#domain';
import { Log, Metrics } from '#runtime';
import { doorOf, pathOf } from './door.js';
import { Sends } from './sends.js';

/**
 * Sends between their head and their answer, as many as one api has at a time: two batches under way, and what fills the next.
 * With fewer the batches shrink as the clients' pace evens out, and the node does less than it can; more only wait longer, and
 * hold memory meanwhile.
 */
const MOST_OPEN = 1_000;
/** Clients give up, or ask again, after about two seconds: whoever would wait for half of that is better told so at once. */
const LONGEST_WAIT_MS = 1_000;
/** Fewer are no overload, however long they wait: a bus or a core that is away for a moment is waited for. */
const FEWEST_WAITING = 800;
/** Those who were refused together need not come back together. */
const SPREAD_SECONDS = 3;

/**
 * Decides about a send by its head alone, before its body is read: while the node has as much to do as it can, the rest is told
 * to come back, for less than a tenth of what a send costs. Only sends are refused so: probes, logins, questions and what
 * handsets tell have nothing to do with how many there are.
 */
@Injectable()
export class SendAdmission {
  private open = 0;
  private refused = 0;
  private readonly tell: (overload: { readonly open: number; readonly waiting: number; readonly refused: number }) => void;

  constructor(
    private readonly sends: Sends,
    log: Log,
    metrics: Metrics,
  ) {
    // A line each would be the dearest part of a refusal.
    this.tell = log.joinedWarnings('sends.overloaded', { adds: ['refused'] });
    metrics.gauge('sends_open', 'Sends that have begun and are not answered yet.', [], (gauge) => gauge.set(this.open));
  }

  /** Undefined: come in. Else after how many seconds to come back. */
  judge(): number | undefined {
    const waitMs = this.sends.waiting >= FEWEST_WAITING ? this.sends.expectedWaitMs : 0;
    if (this.open < MOST_OPEN && waitMs < LONGEST_WAIT_MS) return undefined;
    this.tell({ open: this.open, waiting: this.sends.waiting, refused: 1 });
    return Math.ceil(waitMs / 1_000) + 1 + (this.refused++ % SPREAD_SECONDS);
  }

  /** Counts a send that came in; call what is returned when it has been answered, or has gone. */
  begin(): () => void {
    this.open += 1;
    return this.ended;
  }

  private readonly ended = (): void => {
    this.open -= 1;
  };
}

/** The door at which this is a send of a business; undefined for everything else. */
export function sendDoorOf({ method, url = '/' }: Pick<IncomingMessage, 'method' | 'url'>): Door | undefined {
  if (method !== 'POST') return undefined;
  const path = url.endsWith('/messages') ? url : pathOf(url);
  if (!path.endsWith('/messages') && !path.endsWith('/messages/')) return undefined;
  const door = doorOf(path);
  return door === 'graph' || door === 'on-prem' ? door : undefined;
}
