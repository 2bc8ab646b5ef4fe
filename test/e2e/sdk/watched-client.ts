/** A client whose calls are noted, so that a test can say which of them nobody has tried. */
export interface Watched<Client> {
  readonly client: Client;
  /** Every call that it offers, such as `messages.sendText`. */
  readonly offered: readonly string[];
  /** Those that have been called and have not failed. */
  readonly done: ReadonlySet<string>;
}

/** @param isInner names that lead into the SDK's own machinery */
export function watch<Client extends object>(client: Client, isInner: (name: string) => boolean): Watched<Client> {
  const done = new Set<string>();
  const offered: string[] = [];
  const wrap = (object: any, path: string): any => {
    const shown = Object.create(Object.getPrototypeOf(object) as object);
    for (const name of namesOf(object)) {
      const value = object[name];
      if (isInner(name) || value === null) continue;
      const full = path + name;
      if (typeof value === 'function') {
        offered.push(full);
        shown[name] = noting(value.bind(object), full);
      } else if (typeof value === 'object') {
        Object.defineProperty(shown, name, { value: wrap(value, `${full}.`) });
      }
    }
    return shown;
  };
  const noting = (call: (...given: unknown[]) => unknown, name: string) =>
    function noted(...given: unknown[]): unknown {
      const answer = call(...given);
      // The answers of some clients are requests that can be told what to make of the answer; they stay what they are.
      if (answer instanceof Promise) {
        answer.then(
          () => done.add(name),
          () => undefined,
        );
      } else done.add(name);
      return answer;
    };
  return { client: wrap(client, ''), offered, done };
}

function namesOf(object: object): readonly string[] {
  const names = new Set(Object.keys(object));
  for (let type = Object.getPrototypeOf(object) as object; type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    for (const name of Object.getOwnPropertyNames(type)) names.add(name);
  }
  names.delete('constructor');
  return [...names];
}
