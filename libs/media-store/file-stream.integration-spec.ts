import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FileStream } from './file-stream.js';

const bytes = randomBytes(3_000_000);
let home: string;
let path: string;
let server: Server;
let answered: { readonly file: FileHandle; readonly stream: FileStream };
let stretch: readonly [start: number, length: number];

const opened = async (start = 0, length = bytes.length - start) => {
  const file = await open(path);
  return { file, stream: new FileStream(file, start, length) };
};
const asked = (): Promise<IncomingMessage> =>
  new Promise((resolve) => get({ port: (server.address() as AddressInfo).port, agent: false }, resolve));
const closed = ({ file }: { readonly file: FileHandle }): Promise<void> => vi.waitFor(() => expect(file.fd).toBe(-1), 10_000);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'relais-file-stream-'));
  path = join(home, 'file');
  await writeFile(path, bytes);
  stretch = [0, bytes.length];
  server = createServer((_, response) => {
    void opened(...stretch).then((made) => {
      answered = made;
      made.stream.on('error', () => response.destroy());
      made.stream.pipe(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true });
});

it.each([
  [0, 3_000_000],
  [1, 262_145],
  [2_999_999, 1],
  [0, 0],
])('gives the bytes from %d, %d of them, wherever they go, and closes the file', async (start, length) => {
  const wanted = bytes.subarray(start, start + length);
  stretch = [start, length];
  expect((await buffer(await asked())).equals(wanted)).toBe(true);
  await closed(answered);
  const piped = await opened(start, length);
  expect((await buffer(piped.stream.pipe(new PassThrough()))).equals(wanted)).toBe(true);
  await closed(piped);
  const read = await opened(start, length);
  expect((await buffer(read.stream)).equals(wanted)).toBe(true);
  await closed(read);
});

it('waits for a client that reads slowly', async () => {
  const chunks: Buffer[] = [];
  for await (const chunk of await asked()) {
    chunks.push(chunk as Buffer);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
});

it('stops when the client hangs up, and closes the file', async () => {
  const answer = await asked();
  await new Promise((resolve) => answer.once('data', resolve));
  answer.destroy();
  await closed(answered);
  expect(answered.stream.errored).toBeNull();
});

it('fails where the file ends early', async () => {
  const { stream } = await opened();
  stretch = [2_000_000, 1_000_000];
  await truncate(path, 2_500_000);
  await expect(buffer(await asked())).rejects.toThrow('aborted');
  await expect(buffer(stream)).rejects.toThrow('the file ends 500000 bytes early');
  await expect(finished(stream)).rejects.toThrow('the file ends 500000 bytes early');
});
