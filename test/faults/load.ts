import { KeepAliveClient } from './keep-alive-client.js';
import { type Seed, sleep } from './seed.js';
import type { Customer } from './handset-fleet.js';

/** One wish of a client: this text to this customer, once. Written down before it is acted on. */
export interface Operation {
  readonly text: string;
  readonly waId: string;
  /** The place among the operations of its customer. */
  readonly n: number;
  readonly keyed: boolean;
  /** `unknown`: no answer, or a 5xx; it may have happened or not, and the client did not ask again. */
  outcome: 'pending' | 'ok' | 'refused' | 'unknown';
  id: string | undefined;
  tries: number;
  /** Of the last try. */
  status: number | undefined;
  tookMs: number;
}

/** A wish that was granted. */
export function granted(wish: Pick<Operation, 'text' | 'waId' | 'n' | 'keyed' | 'id'>): Operation {
  return { ...wish, outcome: 'ok', tries: 1, status: 200, tookMs: 0 };
}

export interface LoadOptions {
  readonly customers: readonly Customer[];
  readonly senders: number;
  /** Asked at every request: several doors are used in turn. */
  readonly urls: () => readonly string[];
  readonly token: string;
  readonly seed: Seed;
  /** Numbers of operations start here, so that no two runs on one node share a text. */
  readonly first?: number | undefined;
  readonly thinkMs?: number | undefined;
  /** Ask again with the same key after a lost answer or a 503, as a careful client does. */
  readonly retries?: boolean | undefined;
}

/** Clients that send text after text; to each customer one at a time, so that the order of answers is the order of wishes. */
export class Load {
  readonly operations: Operation[] = [];
  /** Errors of connections, and answers other than 2xx, by what they were. */
  readonly troubles = new Map<string, number>();
  private running = true;
  private readonly numbers = new Map<string, number>();
  private readonly done: Promise<unknown>;

  constructor(private readonly options: LoadOptions) {
    const { senders, customers } = options;
    this.done = Promise.all(
      Array.from({ length: senders }, (_, index) =>
        this.send(
          index,
          customers.filter((_one, place) => place % senders === index),
        ),
      ),
    );
  }

  get accepted(): number {
    return this.operations.filter((operation) => operation.outcome === 'ok').length;
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  private async send(index: number, customers: readonly Customer[]): Promise<void> {
    const client = new KeepAliveClient();
    for (let turn = 0; this.running; turn++) {
      const customer = customers[turn % customers.length] as Customer;
      const n = (this.numbers.get(customer.waId) ?? this.options.first ?? 0) + 1;
      this.numbers.set(customer.waId, n);
      const operation: Operation = {
        text: `${customer.waId}/${n}`,
        waId: customer.waId,
        n,
        keyed: this.options.retries !== false && (n + index) % 4 !== 0,
        outcome: 'pending',
        id: undefined,
        tries: 0,
        status: undefined,
        tookMs: 0,
      };
      this.operations.push(operation);
      await this.act(client, operation, turn + index);
      await sleep((this.options.thinkMs ?? 15) * this.options.seed.between(0.5, 1.5));
    }
    client.close();
  }

  private async act(client: KeepAliveClient, operation: Operation, turn: number): Promise<void> {
    const began = performance.now();
    const giveUpAt = began + 30_000;
    for (;;) {
      operation.tries += 1;
      const urls = this.options.urls();
      const url = urls[(turn + operation.tries) % urls.length] as string;
      const tried = performance.now();
      try {
        const answer = await client.post(
          url,
          this.options.token,
          { messaging_product: 'whatsapp', to: operation.waId, type: 'text', text: { body: operation.text } },
          operation.keyed ? { 'idempotency-key': operation.text } : {},
        );
        operation.status = answer.status;
        operation.tookMs = performance.now() - tried;
        if (answer.status === 200) {
          operation.outcome = 'ok';
          operation.id = (JSON.parse(answer.text) as { messages: { id: string }[] }).messages[0]?.id;
          return;
        }
        this.trouble(`${answer.status}${answer.retryAfter === undefined ? ' without Retry-After' : ''}`);
        if (answer.status < 500 && answer.status !== 429) {
          operation.outcome = 'refused';
          return;
        }
      } catch (error) {
        operation.tookMs = performance.now() - tried;
        if ((error as { code?: string }).code === 'ECONNREFUSED') await sleep(100);
        this.trouble((error as { code?: string }).code ?? (error as Error).message);
      }
      if (!operation.keyed || performance.now() > giveUpAt) {
        operation.outcome = 'unknown';
        return;
      }
      await sleep(100);
    }
  }

  private trouble(what: string): void {
    this.troubles.set(what, (this.troubles.get(what) ?? 0) + 1);
  }
}
