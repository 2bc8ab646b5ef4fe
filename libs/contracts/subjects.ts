/** A question to one app, and its answer. */
export interface Subject<Question, Answer> {
  readonly name: string;
  /** Types only; never set. */
  readonly types?: { readonly question: Question; readonly answer: Answer };
}

/** Told to every live instance of every app; each confirms. */
export interface Announcement<Message> {
  readonly name: string;
  readonly types?: { readonly message: Message };
}

/** Fire and forget; may be lost. */
export interface Notice<Message> {
  readonly name: string;
  readonly types?: { readonly message: Message };
}

export function subject<Question, Answer>(name: string): Subject<Question, Answer> {
  return { name };
}

export function announcement<Message>(name: string): Announcement<Message> {
  return { name };
}

export function notice<Message>(name: string): Notice<Message> {
  return { name };
}
