/** So long a line stands for all of its kind. */
const JOINED_MS = 1_000;

type FieldsOf<Fields, Value> = { [Name in keyof Fields]: Fields[Name] extends Value ? Name : never }[keyof Fields];

export interface JoinOptions<Fields> {
  /** Lines are joined with those for which this says the same; with all of them when left out. */
  readonly by?: ((fields: Fields) => string) | undefined;
  /** Fields that are added up. */
  readonly adds?: readonly FieldsOf<Fields, number>[] | undefined;
  /** Lists whose entries are told once each. */
  readonly lists?: readonly FieldsOf<Fields, readonly string[]>[] | undefined;
}

interface Kind<Fields> {
  times: number;
  last: Fields | undefined;
  readonly sums: number[];
  readonly lists: Set<string>[];
  timer: NodeJS.Timeout | undefined;
}

/**
 * At most one line a second of each kind, for what happens many times a second while a part of the node is away. The first is
 * written at once; those that follow within a second become one, with all their sums and lists, and the rest as it was the
 * last time. Every line says in `times` for how many it stands.
 */
export class JoinedLines<Fields extends object> {
  /** Kinds of which a line was written within the last second. */
  private readonly kinds = new Map<string, Kind<Fields>>();
  private readonly adds: readonly (keyof Fields)[];
  private readonly listed: readonly (keyof Fields)[];

  constructor(
    private readonly write: (fields: object) => void,
    private readonly options: JoinOptions<Fields> = {},
  ) {
    this.adds = options.adds ?? [];
    this.listed = options.lists ?? [];
  }

  tell(fields: Fields): void {
    const name = this.options.by?.(fields) ?? '';
    const known = this.kinds.get(name);
    if (known) return this.join(known, fields);
    const kind: Kind<Fields> = { times: 0, last: undefined, sums: [], lists: [], timer: undefined };
    this.kinds.set(name, kind);
    this.join(kind, fields);
    this.end(name, kind);
  }

  /** Writes at once what has not been told yet. */
  flush(): void {
    for (const [name, kind] of this.kinds) this.end(name, kind);
  }

  private join(kind: Kind<Fields>, fields: Fields): void {
    kind.times += 1;
    kind.last = fields;
    this.adds.forEach((name, index) => (kind.sums[index] = (kind.sums[index] ?? 0) + (fields[name] as number)));
    this.listed.forEach((name, index) => {
      const list = (kind.lists[index] ??= new Set());
      for (const entry of fields[name] as readonly string[]) list.add(entry);
    });
  }

  /** Of a second, or of less when it is flushed. */
  private end(name: string, kind: Kind<Fields>): void {
    clearTimeout(kind.timer);
    if (kind.last === undefined) {
      this.kinds.delete(name);
      return;
    }
    const { last, times } = kind;
    const sums = this.adds.map((field, index) => [field, kind.sums[index]]);
    const lists = this.listed.map((field, index) => [field, [...(kind.lists[index] ?? [])]]);
    kind.times = 0;
    kind.last = undefined;
    kind.sums.length = 0;
    kind.lists.length = 0;
    kind.timer = setTimeout(() => this.end(name, kind), JOINED_MS).unref();
    this.write({ ...last, ...Object.fromEntries([...sums, ...lists]), times });
  }
}
