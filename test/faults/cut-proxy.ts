import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { nats, postgres, type Publish } from '#runtime/testing';

/**
 * One exact place at which a process is cut off from a server: armed at its proxies, it happens when what it waits for comes
 * by, and from then on that process can be killed at leisure, for it gets no further. Armed at several processes, it happens
 * to the first alone.
 */
export class Cut {
  /** Where it happened. */
  readonly happened: Promise<CutProxy>;
  readonly released: Promise<void>;
  private where: CutProxy | undefined;
  private resolve: (where: CutProxy) => void = () => undefined;
  private letGo: () => void = () => undefined;

  private constructor(
    private readonly parts: {
      readonly commitOf?: string;
      readonly answerTo?: string;
      readonly statement?: string;
      readonly publish?: (publish: Publish) => boolean;
    },
  ) {
    this.happened = new Promise((resolve) => (this.resolve = resolve));
    this.released = new Promise((resolve) => (this.letGo = resolve));
  }

  /**
   * The statement is committed, and whoever asked for it is told nothing any more on that connection. It happens to the first
   * that commits; those that fail, such as twins of that one, are told so.
   */
  static answerToCommitOf(statement: string): Cut {
    return new Cut({ commitOf: statement });
  }

  /** The statement is done, and whoever asked for it is told so when it is released: till then its transaction stays open. */
  static answerTo(statement: string): Cut {
    return new Cut({ answerTo: statement });
  }

  /** The statement never arrives, and nothing that follows it on its connection; whichever connection that is. */
  static statement(statement: string): Cut {
    return new Cut({ statement });
  }

  /** Such publishes never arrive. Whatever else is said on the connection does. */
  static publishes(fits: (publish: Publish) => boolean): Cut {
    return new Cut({ publish: fits });
  }

  /** Whether that commit, if it is one, is to be kept from whoever asked for it. */
  awaitsCommitOf(statements: ReadonlySet<string>): boolean {
    return this.where === undefined && this.parts.commitOf !== undefined && statements.has(this.parts.commitOf);
  }

  awaitsAnswerTo(statement: string | undefined): boolean {
    return this.where === undefined && statement !== undefined && statement === this.parts.answerTo;
  }

  takesStatement(statement: string, at: CutProxy): boolean {
    return this.takes(statement === this.parts.statement, at);
  }

  takesPublish(publish: Publish, at: CutProxy): boolean {
    return this.takes(this.parts.publish?.(publish) ?? false, at);
  }

  happen(at: CutProxy): void {
    this.where ??= at;
    this.resolve(at);
  }

  release(): void {
    this.letGo();
  }

  private takes(fits: boolean, at: CutProxy): boolean {
    if (!fits || (this.where !== undefined && this.where !== at)) return false;
    this.happen(at);
    return true;
  }
}

/** One connection: takes what each side says, and passes on to the other what is to get there. */
interface Line {
  fromClient(chunk: Buffer): void;
  fromServer(chunk: Buffer): void;
}

type Pass = (bytes: Buffer) => void;
type MakeLine = (proxy: CutProxy, toServer: Pass, toClient: Pass) => Line;

/** Stands between one process and one server, and lets everything through that no cut takes. */
export class CutProxy {
  /** As the server's, but for where it listens. */
  readonly url: string;
  private cut: Cut | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    to: URL,
    private readonly lineOf: MakeLine,
  ) {
    const url = new URL(to);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on('connection', (client) => this.carry(client, connect(Number(to.port), to.hostname)));
  }

  static ofPostgres(url: string): Promise<CutProxy> {
    return CutProxy.open(url, (...line) => new PostgresLine(...line));
  }

  static ofNats(url: string): Promise<CutProxy> {
    return CutProxy.open(url, (...line) => new NatsLine(...line));
  }

  private static async open(url: string, lineOf: MakeLine): Promise<CutProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CutProxy(server, new URL(url), lineOf);
  }

  get armed(): Cut | undefined {
    return this.cut;
  }

  /** Undefined lets everything through again; connections that were cut stay so. */
  arm(cut: Cut | undefined): void {
    this.cut = cut;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What a process that was killed has not got through, nobody gets: its end is passed on, and nothing that was kept back. */
  private carry(client: Socket, server: Socket): void {
    const passTo =
      (socket: Socket): Pass =>
      (bytes) =>
        void (socket.writable && socket.write(bytes));
    const line = this.lineOf(this, passTo(server), passTo(client));
    client.on('data', (chunk: Buffer) => line.fromClient(chunk));
    server.on('data', (chunk: Buffer) => line.fromServer(chunk));
    const ways: readonly [Socket, Socket][] = [
      [client, server],
      [server, client],
    ];
    for (const [from, to] of ways) {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.on('end', () => to.end());
      // Resets are what this is for.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }
}

class PostgresLine implements Line {
  private readonly requests = postgres.requests();
  private readonly answers = postgres.answers();
  /** Since the connection was idle: what its next commit commits. The last one is what is being answered. */
  private readonly statements = new Set<string>();
  private last: string | undefined;
  private isRolledBack = false;
  private readonly keptBack: Buffer[] = [];
  private isCutFromServer = false;
  private isCutFromClient = false;

  constructor(
    private readonly proxy: CutProxy,
    private readonly toServer: Pass,
    private readonly toClient: Pass,
  ) {}

  fromClient(chunk: Buffer): void {
    for (const request of this.requests(chunk)) {
      const statement = postgres.statementOf(request);
      if (statement !== undefined) {
        this.statements.add(statement);
        this.isCutFromServer ||= this.proxy.armed?.takesStatement(statement, this.proxy) ?? false;
      }
      if (postgres.isAsked(request)) this.last = statement;
      if (!this.isCutFromServer) this.toServer(request);
    }
  }

  /** A client asks for one thing at a time, so what is answered here is what it asked last. */
  fromServer(chunk: Buffer): void {
    for (const answer of this.answers(chunk)) {
      this.keptBack.push(answer);
      const cut = this.proxy.armed;
      const isHeld = cut?.awaitsAnswerTo(this.last) ?? false;
      // Whether that has committed is known with the last word only.
      const isAwaited = cut?.awaitsCommitOf(this.statements) ?? false;
      if (postgres.isError(answer) || postgres.isRollback(answer)) this.isRolledBack = true;
      if (postgres.isReady(answer) && !this.isRolledBack && (isHeld || (isAwaited && postgres.isIdle(answer)))) {
        this.isCutFromClient = true;
        cut?.happen(this.proxy);
        void cut?.released.then(() => this.heal());
      }
      if (postgres.isIdle(answer)) {
        this.statements.clear();
        this.isRolledBack = false;
      }
      if (!this.isCutFromClient && (postgres.isReady(answer) || !(isHeld || isAwaited))) this.passOn();
    }
  }

  private heal(): void {
    this.isCutFromClient = false;
    this.passOn();
  }

  private passOn(): void {
    for (const answer of this.keptBack.splice(0)) this.toClient(answer);
  }
}

class NatsLine implements Line {
  private readonly requests = nats.frames();

  constructor(
    private readonly proxy: CutProxy,
    private readonly toServer: Pass,
    private readonly toClient: Pass,
  ) {}

  fromClient(chunk: Buffer): void {
    for (const request of this.requests(chunk)) {
      const publish = nats.publishOf(request);
      if (publish === undefined || !this.proxy.armed?.takesPublish(publish, this.proxy)) this.toServer(request);
    }
  }

  fromServer(chunk: Buffer): void {
    this.toClient(chunk);
  }
}
