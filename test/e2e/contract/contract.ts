import { expect } from 'vitest';
import type { ClientBench } from '../../support/client-bench.js';
import { type Answer, call } from '../../support/the-node.js';
import { type Deviation, deviations } from './deviations.js';
import type { Fault, PlatformDocument } from './platform-document.js';

export interface Question {
  /** What the names in the path stand for. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: object;
  readonly form?: FormData;
  readonly token?: string;
}

/** Asks operations of the platform's document on the running node, and holds request and answer against its schemas. */
export class Contract {
  /** Operations that have succeeded, with everything that was said and answered as the document has it, or as is listed. */
  readonly shown = new Set<string>();
  private readonly met = new Set<Deviation>();

  constructor(
    private readonly document: PlatformDocument,
    private readonly bench: ClientBench,
  ) {}

  /** Answers the JSON of the 200. */
  async ask(name: string, question: Question = {}): Promise<any> {
    const { json, form } = question;
    if (json) this.hold(name, 'request', this.document.faultsOfRequest(name, 'application/json', json));
    if (form) {
      const fields = Object.fromEntries([...form].map(([key, value]) => [key, typeof value === 'string' ? value : value.name]));
      this.hold(name, 'request', this.document.faultsOfRequest(name, 'multipart/form-data', fields));
    }
    return this.judged(name, await this.request(name, question)).json;
  }

  /** The same for an address that the node itself has made. */
  async fetch(name: string, url: string): Promise<Answer> {
    return this.judged(name, await call(url, { token: this.bench.token }));
  }

  /** What the node itself sends to a client. */
  holdSent(name: string, body: unknown): void {
    this.hold(name, 'request', this.document.faultsOfRequest(name, 'application/json', body));
    this.shown.add(name);
  }

  request(name: string, { path = {}, query, json, form, token = this.bench.token }: Question): Promise<Answer> {
    const [method, template] = name.split(' ') as [string, string];
    const filled = template.replaceAll(/\{([^}]+)\}/g, (_, key: string) => path[key] ?? '0');
    const search = query ? `?${new URLSearchParams(query).toString()}` : '';
    return call(`${this.bench.graph}${filled}${search}`, {
      method,
      token,
      ...(json && { json }),
      ...(form && { body: form }),
    });
  }

  /** Deviations that nothing has shown: they have gone, and should go from the list. */
  notMet(): readonly Deviation[] {
    return deviations.filter((deviation) => !this.met.has(deviation));
  }

  private judged(name: string, answer: Answer): Answer {
    expect(answer.status, `${name} ${answer.text}`).toBe(200);
    const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
    this.hold(name, 'response', this.document.faultsOfResponse(name, 200, type, answer.json));
    this.shown.add(name);
    return answer;
  }

  private hold(name: string, side: Deviation['side'], faults: readonly Fault[]): void {
    const left = faults.filter((fault) => {
      const known = deviations.find(
        ({ operation, side: itsSide, at, says }) =>
          operation === name && itsSide === side && samePlace(at, fault.at) && fault.says.startsWith(says),
      );
      if (known) this.met.add(known);
      return !known;
    });
    expect(left, `${side} of ${name}`).toEqual([]);
  }
}

/** `*` stands for any position in a list, and `**` at the end for everything below. */
function samePlace(pattern: string, at: string): boolean {
  const place = at.replaceAll(/\/\d+(?=\/|$)/g, '/*');
  return pattern.endsWith('**') ? place.startsWith(pattern.slice(0, -2)) : place === pattern;
}
