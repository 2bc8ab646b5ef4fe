import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { nats, postgres, type Publish } from './wires.js';

/**
 * One exact place at which a process is cut off from a server: armed at its proxies, it happens when what it waits for comes
 * by, and from then on that process can be killed at leisure, for it gets no further. Armed at several processes, it happens
 * to the first alone.
 */
export class Cut {
  /** Where it happened. */
  readonly happened: Promise<CutProxy>;
  private where: CutProxy | undefined;
  private resolve: (where: CutProxy) => void = () => undefined;

  private constructor(
    private readonly parts: {
      readonly commitOf?: string;
      readonly statement?: string;
      readonly publish?: (publish: Publish) => boolean;
    },
  ) {
    this.happened = new Promise((resolve) => (this.resolve = resolve));
  }

  /**
   * The statement is committed, and whoever asked for it is told nothing any more on that connection. It happens to the first
   * that commits; those that fail, such as twins of that one, are told so.
   */
  static answerToCommitOf(statement: string): Cut {
    return new Cut({ commitOf: statement });
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

  private takes(fits: boolean, at: CutProxy): boolean {
    if (!fits || (this.where !== undefined && this.where !== at)) return false;
    this.happen(at);
    return true;
  }
}

/** One connection: what goes on to the other side of what each side says. */
interface Line {
  fromClient(chunk: Buffer): readonly Buffer[];
  fromServer(chunk: Buffer): readonly Buffer[];
}

/** Stands between one process and one server, and lets everything through that no cut takes. */
export class CutProxy {
  /** As the server's, but for where it listens. */
  readonly url: string;
  private cut: Cut | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    to: URL,
    lineOf: (proxy: CutProxy) => Line,
  ) {
    const url = new URL(to);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on('connection', (client) => this.carry(client, connect(Number(to.port), to.hostname), lineOf(this)));
  }

  static ofPostgres(url: string): Promise<CutProxy> {
    return CutProxy.open(url, (proxy) => new PostgresLine(proxy));
  }

  static ofNats(url: string): Promise<CutProxy> {
    return CutProxy.open(url, (proxy) => new NatsLine(proxy));
  }

  private static async open(url: string, lineOf: (proxy: CutProxy) => Line): Promise<CutProxy> {
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
  private carry(client: Socket, server: Socket, line: Line): void {
    const ways: readonly [Socket, Socket, (chunk: Buffer) => readonly Buffer[]][] = [
      [client, server, (chunk) => line.fromClient(chunk)],
      [server, client, (chunk) => line.fromServer(chunk)],
    ];
    for (const [from, to, passes] of ways) {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (chunk: Buffer) => {
        for (const bytes of passes(chunk)) if (to.writable) to.write(bytes);
      });
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
  /** Since the connection was idle: what its next commit commits. */
  private readonly statements = new Set<string>();
  private isRolledBack = false;
  private keptBack: Buffer[] = [];
  private isCutFromServer = false;
  private isCutFromClient = false;

  constructor(private readonly proxy: CutProxy) {}

  fromClient(chunk: Buffer): readonly Buffer[] {
    return this.requests(chunk).filter((request) => {
      const statement = postgres.statementOf(request);
      if (statement !== undefined && !this.isCutFromServer) {
        this.statements.add(statement);
        this.isCutFromServer = this.proxy.armed?.takesStatement(statement, this.proxy) ?? false;
      }
      return !this.isCutFromServer;
    });
  }

  fromServer(chunk: Buffer): readonly Buffer[] {
    const passed: Buffer[] = [];
    for (const answer of this.answers(chunk)) {
      this.keptBack.push(answer);
      // A client asks for one thing at a time, so what is answered here is what it asked last. Whether that has committed
      // is known with the last word only.
      const isAwaited = this.proxy.armed?.awaitsCommitOf(this.statements) ?? false;
      if (postgres.isError(answer) || postgres.isRollback(answer)) this.isRolledBack = true;
      if (postgres.isIdle(answer)) {
        if (isAwaited && !this.isRolledBack) {
          this.isCutFromClient = true;
          this.proxy.armed?.happen(this.proxy);
        }
        this.statements.clear();
        this.isRolledBack = false;
      }
      if (this.isCutFromClient || (isAwaited && !postgres.isReady(answer))) continue;
      passed.push(...this.keptBack.splice(0));
    }
    return passed;
  }
}

class NatsLine implements Line {
  private readonly requests = nats.requests();

  constructor(private readonly proxy: CutProxy) {}

  fromClient(chunk: Buffer): readonly Buffer[] {
    return this.requests(chunk).filter((request) => {
      const publish = nats.publishOf(request);
      return publish === undefined || !this.proxy.armed?.takesPublish(publish, this.proxy);
    });
  }

  fromServer(chunk: Buffer): readonly Buffer[] {
    return [chunk];
  }
}
