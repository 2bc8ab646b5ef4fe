import { createInbox, type Msg } from '@nats-io/transport-node';
import { monotonic, sleep, type Log } from '#runtime';
import { BusUnavailable } from './bus-errors.js';
import type { BusConnection } from './connection.js';
import { decode, encode, isNoResponders } from './wire.js';

/** One running process of one app. */
export interface Instance {
  readonly id: string;
  readonly app: string;
  /** Real time, milliseconds since 1970. */
  readonly startedAt: number;
}

interface Heartbeat extends Instance {
  /** `hello` asks the others to show themselves at once. */
  readonly type: 'hello' | 'here' | 'bye';
  /** The announcements that it confirms. */
  readonly listens: readonly string[];
}

interface Confirmation {
  readonly id: string;
  readonly ok: boolean;
}

const SUBJECT = 'relais.instances';
const EVERY_MS = 1000;
/** Three heartbeats and a half: one may be late, and one may be lost. */
const ALIVE_MS = 3500;
/** After this long on the bus, everyone who is alive has been heard. */
const ACQUAINTED_MS = 1500;

/** Who is alive, and what they have all been told. */
export class Instances {
  private readonly heard = new Map<string, { readonly heartbeat: Heartbeat; readonly at: number }>();
  private readonly listens = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;
  private readonly forgetUp: () => void;
  private joinedAt = monotonic();

  constructor(
    private readonly connection: BusConnection,
    private readonly self: Instance,
    private readonly log: Log,
  ) {
    connection.nats.subscribe(SUBJECT, {
      callback: (error, message) => {
        if (!error) this.hear(message);
      },
    });
    this.forgetUp = connection.onUp(() => {
      // Nobody could be heard while the server was away, so nobody is known now.
      this.heard.clear();
      this.joinedAt = monotonic();
      this.say('hello');
    });
    this.timer = setInterval(() => this.say('here'), EVERY_MS);
    this.timer.unref();
    this.say('hello');
  }

  /** Everyone heard within the last 3.5 s, this process included. */
  alive(): readonly Instance[] {
    return [this.self, ...this.live().map(({ id, app, startedAt }) => ({ id, app, startedAt }))];
  }

  /** Whether no other instance of this app is alive; waits until all who are have been heard. */
  async isAlone(): Promise<boolean> {
    await sleep(Math.max(0, this.joinedAt + ACQUAINTED_MS - monotonic()));
    return !this.hasCompany();
  }

  /** Whether another instance of this app has been heard of lately. */
  hasCompany(): boolean {
    return this.live().some(({ app }) => app === this.self.app);
  }

  /**
   * Tells every live instance that listens, and waits until all of them have confirmed: until `timeoutMs` at most, or until
   * those that are missing have been silent for so long that they are taken for dead.
   */
  async announce(subject: string, message: unknown, timeoutMs: number): Promise<{ confirmed: string[]; missing: string[] }> {
    if (!this.connection.connected) throw new BusUnavailable('not-connected', subject);
    const deadline = monotonic() + timeoutMs;
    await sleep(Math.max(0, Math.min(this.joinedAt + ACQUAINTED_MS, deadline) - monotonic()));
    if (!this.connection.connected) throw new BusUnavailable('connection-lost', subject);

    const confirmed = new Set<string>();
    const refused = new Set<string>();
    const expected = new Set(this.listeners(subject));
    let wake = (): void => undefined;
    const inbox = createInbox();
    const answers = this.connection.nats.subscribe(inbox, {
      callback: (error, answer) => {
        if (error || isNoResponders(answer)) return;
        const confirmation = decode<Confirmation>(answer.data);
        (confirmation.ok ? confirmed : refused).add(confirmation.id);
        wake();
      },
    });
    try {
      this.connection.nats.publish(subject, encode(message), { reply: inbox });
      for (;;) {
        const open = [...expected].filter((id) => !confirmed.has(id) && !refused.has(id));
        const awaited = open.filter((id) => id === this.self.id || this.isAlive(id));
        const left = deadline - monotonic();
        if (awaited.length === 0 || left <= 0) break;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, 250));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      answers.unsubscribe();
    }
    const missing = [...new Set([...expected, ...refused])].filter((id) => !confirmed.has(id));
    if (missing.length > 0) this.log.warn('bus.announcement-unconfirmed', { subject, missing });
    return {
      confirmed: [...confirmed].toSorted(),
      missing: missing.toSorted(),
    };
  }

  /** The handler has done what it must when it resolves; only then is the announcement confirmed. */
  listen<Q>(subject: string, handler: (message: Q) => Promise<void>): () => void {
    const subscription = this.connection.nats.subscribe(subject, {
      callback: (error, message) => {
        if (!error) void this.confirm(subject, message, handler);
      },
    });
    this.listens.set(subject, (this.listens.get(subject) ?? 0) + 1);
    this.say('here');
    return () => {
      if (!subscription.isClosed()) subscription.unsubscribe();
      const left = (this.listens.get(subject) ?? 1) - 1;
      if (left > 0) this.listens.set(subject, left);
      else this.listens.delete(subject);
      this.say('here');
    };
  }

  /** Says goodbye, so that nobody waits for this one any more. */
  close(): void {
    clearInterval(this.timer);
    this.forgetUp();
    this.say('bye');
  }

  private async confirm<Q>(subject: string, message: Msg, handler: (message: Q) => Promise<void>): Promise<void> {
    let ok = true;
    try {
      await handler(decode<Q>(message.data));
    } catch (error) {
      ok = false;
      this.log.error('bus.announcement-failed', { subject, error });
    }
    try {
      message.respond(encode({ id: this.self.id, ok } satisfies Confirmation));
    } catch (error) {
      this.log.warn('bus.answer-lost', { subject, error });
    }
  }

  private hear(message: Msg): void {
    const heartbeat = decode<Heartbeat>(message.data);
    if (heartbeat.id === this.self.id) return;
    if (heartbeat.type === 'bye') {
      this.heard.delete(heartbeat.id);
      return;
    }
    this.heard.set(heartbeat.id, { heartbeat, at: monotonic() });
    if (heartbeat.type === 'hello') this.say('here');
  }

  private say(type: Heartbeat['type']): void {
    if (!this.connection.connected) return;
    const heartbeat: Heartbeat = {
      ...this.self,
      type,
      listens: [...this.listens.keys()],
    };
    this.connection.nats.publish(SUBJECT, encode(heartbeat));
  }

  private listeners(subject: string): string[] {
    return [
      ...(this.listens.has(subject) ? [this.self.id] : []),
      ...this.live()
        .filter((heartbeat) => heartbeat.listens.includes(subject))
        .map((heartbeat) => heartbeat.id),
    ];
  }

  private live(): Heartbeat[] {
    for (const id of this.heard.keys()) if (!this.isAlive(id)) this.heard.delete(id);
    return [...this.heard.values()].map(({ heartbeat }) => heartbeat);
  }

  private isAlive(id: string): boolean {
    const heard = this.heard.get(id);
    return heard !== undefined && monotonic() - heard.at <= ALIVE_MS;
  }
}
