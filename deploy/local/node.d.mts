// Types of node.mjs, for the tests and benches that are written in TypeScript.

export type AppName = 'api' | 'core' | 'webhook-dispatcher' | 'quality-metrics';

export interface Screen {
  line(text?: string): void;
  step<T>(text: string, work: (note: (words: string) => void) => Promise<T> | T): Promise<T>;
}

export interface NodeOptions {
  /** Where its state lies; by default `RELAIS_HOME` or `var/`. As root, a directory that Postgres's own user can enter keeps all data in it. */
  readonly home?: string | undefined;
  /** The HTTP port of the door; 0 (the default here) takes a free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Furnish it with the sandbox (default true). Needs all four apps. */
  readonly sandbox?: boolean | undefined;
  /** Environment for all apps. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Environment for one app. */
  readonly appEnv?: Readonly<Partial<Record<AppName, Readonly<Record<string, string>>>>> | undefined;
  /** Only these apps; `[]` starts the servers alone. */
  readonly only?: readonly AppName[] | undefined;
  /** Use this PostgreSQL instead of the embedded one. */
  readonly databaseUrl?: string | undefined;
  /** Use this NATS server instead of one of its own. */
  readonly natsUrl?: string | undefined;
  /** Further `name=value` settings of the embedded Postgres. */
  readonly postgresSettings?: readonly string[] | undefined;
  /** Start what crashes again (default false: tests do that themselves). */
  readonly keepAlive?: boolean | undefined;
  /** Another build directory than `dist/`. */
  readonly dist?: string | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly screen?: Screen | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly claim?: HomeClaim | undefined;
}

export interface HomeClaim {
  readonly paths: HomePaths;
  readonly port: number;
  readonly host: string;
  tell(facts: object): void;
  release(): void;
}

export interface HomePaths {
  readonly home: string;
  readonly run: string;
  readonly log: string;
  readonly media: string;
  readonly nats: string;
  readonly postgres: string;
  readonly secrets: string;
  readonly tools: string;
  readonly sandboxFile: string;
}

/** One process of the node. What is killed or stopped here stays so until it is started again. */
export interface Part {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number | undefined;
  readonly running: boolean;
  /** Sends a signal (SIGKILL by default) and waits until the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it gracefully; false when it had to be forced. */
  stop(): Promise<boolean>;
  /** Starts it and waits until it is ready. */
  start(): Promise<void>;
  restart(): Promise<void>;
}

export interface AppPart extends Part {
  readonly port: number;
  readonly url: string;
}

export interface PostgresPart extends Part {
  readonly external: false;
  /** As the role of the apps; not a superuser. */
  readonly url: string;
  readonly superUrl: string;
  readonly port: number;
  readonly dataDir: string;
  /** The data lies outside of the home, because Postgres's own user may not enter it. */
  readonly outside: boolean;
}

export interface NatsPart extends Part {
  readonly external: false;
  readonly url: string;
  readonly port: number;
  readonly storeDir: string;
}

export interface ExternalServer {
  readonly external: true;
  readonly url: string;
}

/** The content of `sandbox.json`. */
export interface Sandbox {
  readonly baseUrl: string;
  readonly graph: {
    readonly version: string;
    readonly accessToken: string;
    readonly appId: string;
    readonly appSecret: string;
    readonly verifyToken: string;
    readonly businessId: string;
    readonly wabaId: string;
    readonly phoneNumberId: string;
    readonly displayPhoneNumber: string;
  };
  readonly other: {
    readonly accessToken: string;
    readonly businessId: string;
    readonly wabaId: string;
    readonly phoneNumberId: string;
  };
  readonly onPrem: { readonly username: string; readonly password: string };
  readonly admin: { readonly token: string };
  readonly handsets: readonly { readonly waId: string; readonly name: string; readonly token: string }[];
  readonly webhookReceiver: { readonly url: string; readonly eventsUrl: string };
  readonly docsUrl: string;
  readonly metricsUrl: string;
  readonly databaseUrl: string;
  readonly natsUrl: string;
}

export interface RunningNode {
  readonly baseUrl: string;
  readonly home: string;
  readonly paths: HomePaths;
  readonly sandboxFile: string;
  readonly bootstrapToken: string;
  readonly apps: Readonly<Record<AppName, AppPart>> & Readonly<Record<string, AppPart | undefined>>;
  readonly postgres: PostgresPart | ExternalServer;
  readonly nats: NatsPart | ExternalServer;
  readonly receiver: (Part & { readonly port: number; readonly url: string }) | undefined;
  /** Only when it was furnished. */
  readonly sandbox?: Sandbox | undefined;
  /** One more process of an app; it is called `instance` and found under that name in `apps`. */
  addInstance(
    app: AppName,
    more?: { readonly instance?: string | undefined; readonly env?: Readonly<Record<string, string>> | undefined },
  ): Promise<AppPart>;
  /** Ends everything in reverse order and gives the home free. */
  stop(): Promise<void>;
}

/** Claims a home: refuses when a node runs from it, ends what a killed one left behind, empties it with `fresh`. */
export function claim(options: {
  readonly home?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly fresh?: boolean | undefined;
  readonly screen: Screen;
}): Promise<HomeClaim>;

/** Starts a node and returns when it serves. What is installed and built must be there already. */
export function startNode(options?: NodeOptions): Promise<RunningNode>;
