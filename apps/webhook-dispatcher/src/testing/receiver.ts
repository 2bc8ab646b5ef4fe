import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** The most POSTs that were open at one time. */
  readonly mostOpen: number;
  /** Answers from now on; one that does nothing leaves the request hanging. */
  answer: (request: Received, response: ServerResponse) => void;
  /** Resolves when so many requests have come; rejects after 10 s. */
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_: Received, response: ServerResponse): void => {
    response.writeHead(code, headers).end();
  };

/** A client's own server, on the loopback: keeps the exact bytes that came. */
export async function startReceiver(): Promise<Receiver> {
  let open = 0;
  const server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [] as Received[],
    mostOpen: 0,
    answer: status(200) as Receiver['answer'],
    until: (count: number) => eventually(() => receiver.received.length >= count),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    open += 1;
    receiver.mostOpen = Math.max(receiver.mostOpen, open);
    response.once('close', () => (open -= 1));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    receiver.received.push(received);
    receiver.answer(received, response);
  };
  return receiver;
}

/** Waits for what will be true; rejects when it is not after 10 s. */
export async function eventually(isTrue: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > until) throw new Error(`not so within ${withinMs} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
