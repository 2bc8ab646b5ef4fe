import { BusUnavailable } from '#bus';

export interface AskedQuestion {
  readonly subject: string;
  readonly question: Record<string, unknown>;
}

type Answer = (question: never) => unknown;

/** The bus as a spec wants it: who answers what, what was asked, and what was published. */
export class FakeBusLink {
  readonly asked: AskedQuestion[] = [];
  readonly published: AskedQuestion[] = [];
  readonly answers = new Map<string, Answer>();
  connected = true;
  private readonly handlers = new Map<string, (message: never) => void>();

  answer(subject: { readonly name: string }, answer: Answer): this {
    this.answers.set(subject.name, answer);
    return this;
  }

  /** Nobody answers unless told to. */
  async request({ name }: { readonly name: string }, question: unknown): Promise<never> {
    this.asked.push({ subject: name, question: question as Record<string, unknown> });
    const answer = this.answers.get(name);
    if (!answer) throw new BusUnavailable('no-responders', name);
    return (await answer(question as never)) as never;
  }

  publish({ name }: { readonly name: string }, question: unknown): void {
    this.published.push({ subject: name, question: question as Record<string, unknown> });
  }

  whenThere(listener: (bus: never) => void): void {
    const subscribe = ({ name }: { readonly name: string }, handler: (message: never) => void) =>
      this.handlers.set(name, handler);
    const onDisconnected = (): void => undefined;
    listener({ instance: 'api-1', subscribe, onDisconnected } as never);
  }

  /** What somebody else says on the bus. */
  hear({ name }: { readonly name: string }, message: unknown): void {
    this.handlers.get(name)?.(message as never);
  }
}
