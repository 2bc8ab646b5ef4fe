/** Takes what one side of one connection says, in whatever chunks it comes, and gives it back in whole frames. */
export type FrameReader = (chunk: Buffer) => readonly Buffer[];

function framesOf(lengthOf: (bytes: Buffer, framesBefore: number) => number | undefined): FrameReader {
  let rest: Buffer = Buffer.alloc(0);
  let taken = 0;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      const length = lengthOf(rest, taken);
      if (length === undefined || length > rest.length) return frames;
      frames.push(rest.subarray(0, length));
      rest = rest.subarray(length);
      taken += 1;
    }
  };
}

/** PostgreSQL: a letter, the length of all but the letter, and the rest; see "Message Formats" in its manual. */
export const postgres = {
  /** What a client opens a connection with has no letter yet. */
  requests: (): FrameReader => framesOf((bytes, before) => (before === 0 ? lengthAt(bytes, 0) : lengthAt(bytes, 1))),

  answers: (): FrameReader => framesOf((bytes) => lengthAt(bytes, 1)),

  /** The prepared statement that a request binds, and thereby runs. */
  statementOf(request: Buffer): string | undefined {
    if (letterOf(request) !== 'B') return undefined;
    const portalEnd = request.indexOf(0, 5);
    return request.toString('utf8', portalEnd + 1, request.indexOf(0, portalEnd + 1));
  },

  /** A statement or a plain text such as COMMIT: what the next answer is to. */
  isAsked: (request: Buffer): boolean => ['B', 'Q'].includes(letterOf(request)),

  isError: (answer: Buffer): boolean => letterOf(answer) === 'E',

  /** The last word of each answer. */
  isReady: (answer: Buffer): boolean => letterOf(answer) === 'Z',

  /** Ready, and outside of a transaction: what was not rolled back is committed. */
  isIdle: (answer: Buffer): boolean => letterOf(answer) === 'Z' && answer.toString('latin1', 5, 6) === 'I',

  isRollback: (answer: Buffer): boolean => letterOf(answer) === 'C' && answer.toString('latin1', 5, 13) === 'ROLLBACK',
};

function letterOf(frame: Buffer): string {
  return frame.toString('latin1', 0, 1);
}

function lengthAt(bytes: Buffer, at: number): number | undefined {
  return bytes.length < at + 4 ? undefined : at + bytes.readInt32BE(at);
}

export interface Publish {
  readonly subject: string;
  /** Headers, if there are any, and payload. */
  readonly content: Buffer;
}

/**
 * NATS: a line, and behind one that brings a message so many bytes as its last word says; see "Client Protocol" in its manual.
 * Clients and servers speak alike.
 */
export const nats = {
  frames: (): FrameReader =>
    framesOf((bytes) => {
      const end = bytes.indexOf('\r\n');
      if (end < 0) return undefined;
      const { size } = lineOf(bytes, end);
      return end + 2 + (size === undefined ? 0 : size + 2);
    }),

  publishOf(request: Buffer): Publish | undefined {
    const end = request.indexOf('\r\n');
    const { verb, subject, size } = lineOf(request, end);
    return (verb === 'PUB' || verb === 'HPUB') && subject !== undefined && size !== undefined
      ? { subject, content: request.subarray(end + 2, end + 2 + size) }
      : undefined;
  },
};

const WITH_MESSAGE: ReadonlySet<string | undefined> = new Set(['PUB', 'HPUB', 'MSG', 'HMSG']);

interface Line {
  readonly verb: string | undefined;
  readonly subject: string | undefined;
  /** Of what follows; undefined where nothing does. */
  readonly size: number | undefined;
}

function lineOf(bytes: Buffer, end: number): Line {
  const [verb, subject, ...more] = bytes.toString('latin1', 0, end).split(/[ \t]+/);
  return { verb, subject, size: WITH_MESSAGE.has(verb) ? Number(more.at(-1)) : undefined };
}
