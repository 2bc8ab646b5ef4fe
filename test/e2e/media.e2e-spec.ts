import { readdir, utimes } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { residentMb } from '../bench/processes.mjs';
import { ClientBench } from '../support/client-bench.js';
import { sampleMedia } from '../support/sample-media.js';
import { type Answer, call, eventually, type NodeUnderTest, theNode } from '../support/the-node.js';

const MB = 1_048_576;
const MINUTE = 60_000;
const DAY = 86_400_000;
const png = sampleMedia.image.bytes;

/** Files on a node: what is refused and leaves nothing, what expires, who may download, and what a killed part leaves behind. */
describe('media', () => {
  let under: NodeUnderTest;
  let bench: ClientBench;
  let database: pg.Client;

  beforeAll(async () => {
    under = await theNode();
    bench = new ClientBench(under.sandbox);
    database = new pg.Client({ connectionString: under.sandbox.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await under.close();
  });

  const staging = (): string => join(under.node.paths.media, 'staging');
  const staged = (): Promise<string[]> => readdir(staging());
  /** The files that are kept, by their paths. */
  const kept = async (): Promise<readonly string[]> => {
    const entries = await readdir(join(under.node.paths.media, 'kept'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  };
  const rows = async (): Promise<readonly string[]> => {
    const found = await database.query<{ id: string }>(
      'SELECT id::text FROM core.media UNION SELECT id::text FROM core.handset_media',
    );
    return found.rows.map(({ id }) => id);
  };
  const mediaUrl = (): string => `${bench.graph}/${bench.phoneNumberId}/media`;
  const upload = (bytes: Buffer, { type, claimed = type, name = 'file' }: { type: string; claimed?: string; name?: string }) => {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', claimed);
    form.set('file', new Blob([bytes], { type }), name);
    return call(mediaUrl(), { token: bench.token, body: form });
  };
  const advance = (ms: number): Promise<Answer> =>
    call(`${bench.sandbox.baseUrl}/sandbox/v1/clock`, {
      token: bench.sandbox.admin.token,
      json: { advance: `PT${ms / 1_000}S` },
    });

  /** A multipart body as the bytes on the wire; `tail` may be left away. */
  const wire = (parts: readonly { readonly head: string; readonly bytes: Buffer }[], tail = '--b--\r\n'): Buffer =>
    Buffer.concat([
      ...parts.flatMap(({ head, bytes }) => [Buffer.from(`--b\r\n${head}\r\n\r\n`), bytes, Buffer.from('\r\n')]),
      Buffer.from(tail),
    ]);
  const product = { head: 'Content-Disposition: form-data; name="messaging_product"', bytes: Buffer.from('whatsapp') };
  const file = (name: string, bytes: Buffer = png, type = 'image/png') => ({
    head: `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}`,
    bytes,
  });
  const post = (body: Buffer): Promise<Answer> =>
    call(mediaUrl(), { token: bench.token, body, headers: { 'content-type': 'multipart/form-data; boundary=b' } });
  /** An upload whose body is still to come. */
  const begin = (length: number): Socket => {
    const { hostname, port } = new URL(under.node.baseUrl);
    const socket = connect(Number(port), hostname);
    const { pathname } = new URL(mediaUrl());
    const head = [`POST ${pathname} HTTP/1.1`, `Host: ${hostname}`, 'Connection: close', `Authorization: Bearer ${bench.token}`];
    const body = ['Content-Type: multipart/form-data; boundary=b', `Content-Length: ${length}`];
    socket.write(`${[...head, ...body].join('\r\n')}\r\n\r\n`);
    return socket;
  };
  const answered = async (socket: Socket): Promise<string> => {
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  };
  const refusal = (answer: Answer) => [answer.status, answer.json?.error?.code, answer.json?.error?.error_data?.details];

  describe('that is refused', () => {
    let before: readonly string[];
    beforeEach(async () => {
      before = await kept();
    });
    const nothingIsLeft = async (): Promise<void> => {
      expect(await staged()).toEqual([]);
      expect(await kept()).toEqual(before);
      expect((await rows()).toSorted()).toEqual([...before].toSorted());
    };

    it.each<[string, () => Promise<Answer>, number, number, RegExp]>([
      ['a PNG called a JPEG', () => upload(png, { type: 'image/jpeg' }), 400, 100, /said to be image\/jpeg, but .* image\/png/],
      [
        'a PNG called a PDF by the field alone',
        () => upload(png, { type: 'image/png', claimed: 'application/pdf' }),
        400,
        100,
        /said to be application\/pdf/,
      ],
      ['noise called a film', () => upload(Buffer.alloc(64, 7), { type: 'video/mp4' }), 400, 100, /said to be video\/mp4/],
      ['a page of HTML', () => upload(Buffer.from('<html></html>'), { type: 'text/html' }), 400, 100, /text\/html are not/],
      ['a drawing', () => upload(Buffer.from('<svg/>'), { type: 'image/svg+xml' }), 400, 100, /image\/svg\+xml are not/],
      ['nothing', () => upload(Buffer.alloc(0), { type: 'image/png' }), 400, 100, /empty/],
      ['a picture above 5 MB', () => upload(grown(png, 5 * MB + 1), { type: 'image/png' }), 400, 100, /at most 5242880 bytes/],
      [
        'a film above 16 MB',
        () => upload(grown(sampleMedia.video.bytes, 16 * MB + 1), { type: 'video/mp4' }),
        400,
        100,
        /at most 16777216 bytes/,
      ],
      [
        'a sticker above 100 KB',
        () => upload(grown(sampleMedia.sticker.bytes, 102_401), { type: 'image/webp' }),
        400,
        100,
        /at most 102400 bytes/,
      ],
      [
        'a document above 100 MB',
        () => upload(Buffer.alloc(100 * MB + 1, 'a'), { type: 'text/plain' }),
        400,
        100,
        /at most 104857600 bytes/,
      ],
      [
        'a document far above 100 MB',
        () => upload(Buffer.alloc(130 * MB, 'a'), { type: 'text/plain' }),
        400,
        100,
        /at most 104857600 bytes/,
      ],
      ['a document above 100 MB that does not say how long it is', () => streamed(110), 400, 100, /at most 104857600 bytes/],
      ['a file of another number', () => stolen(), 400, 100, /./],
      ['a file without its product', () => post(wire([file('a.png')])), 400, 131_008, /messaging_product/],
      ['fields without a file', () => post(wire([product])), 400, 131_008, /file is required/],
      ['two files', () => post(wire([product, file('a.png'), file('b.png')])), 400, 131_009, /One file at a time/],
      ['a body without its end', () => post(wire([product, file('a.png')], '')), 400, 131_009, /malformed/],
      ['a body that ends in the file', () => post(wire([product, file('a.png')]).subarray(0, -30)), 400, 131_009, /malformed/],
      ['a name with a NUL', () => post(wire([product, file('a\0.png')])), 400, 131_009, /./],
    ])('%s leaves nothing', async (_, ask, status, code, details) => {
      expect(refusal(await ask())).toEqual([status, code, expect.stringMatching(details)]);
      await nothingIsLeft();
    });

    it.each<[string, () => Promise<Answer>, number, number]>([
      ['a PNG called a JPEG', () => onPrem(png, 'image/jpeg'), 400, 1009],
      ['a drawing', () => onPrem(Buffer.from('<svg/>'), 'image/svg+xml'), 400, 1009],
      ['nothing', () => onPrem(Buffer.alloc(0), 'image/png'), 400, 1009],
      ['a picture above 5 MB', () => onPrem(grown(png, 5 * MB + 1), 'image/png'), 413, 1009],
      ['a document above 100 MB', () => onPrem(Buffer.alloc(100 * MB + 1, 'a'), 'text/plain'), 413, 1009],
      ['a document far above 100 MB', () => onPrem(Buffer.alloc(130 * MB, 'a'), 'text/plain'), 413, 1009],
    ])('%s leaves nothing, nor at the On-Premises door', async (_, ask, status, code) => {
      const answer = await ask();
      expect([answer.status, answer.json?.errors?.[0]?.code]).toEqual([status, code]);
      await nothingIsLeft();
    });

    it('an upload whose client goes away in the middle leaves nothing', async () => {
      const socket = begin(5 * MB);
      socket.write(wire([product, file('a.png', grown(png, MB))], ''));
      await eventually('the upload begins', async () => ((await staged()).length > 0 ? true : undefined));
      socket.destroy();
      await eventually('nothing is left', async () => ((await staged()).length === 0 ? true : undefined));
      await nothingIsLeft();
    });

    async function onPrem(bytes: Buffer, type: string): Promise<Answer> {
      const { baseUrl, onPrem: user } = bench.sandbox;
      const basic = Buffer.from(`${user.username}:${user.password}`).toString('base64');
      const login = await call(`${baseUrl}/v1/users/login`, { method: 'POST', headers: { authorization: `Basic ${basic}` } });
      const { token } = login.json.users[0];
      return call(`${baseUrl}/v1/media`, { token, body: bytes, headers: { 'content-type': type } });
    }

    /** As clients send that read a file while they upload it. */
    async function streamed(megabytes: number): Promise<Answer> {
      const { head } = file('a.txt', png, 'text/plain');
      async function* body(): AsyncGenerator<Buffer> {
        yield wire([product], `--b\r\n${head}\r\n\r\n`);
        for (let left = megabytes; left > 0; left--) yield Buffer.alloc(MB, 'a');
        yield Buffer.from('\r\n--b--\r\n');
      }
      const answer = await fetch(mediaUrl(), {
        method: 'POST',
        headers: { authorization: `Bearer ${bench.token}`, 'content-type': 'multipart/form-data; boundary=b' },
        body: ReadableStream.from(body()),
        duplex: 'half',
      } as RequestInit);
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, json: JSON.parse(text), text };
    }

    /** By somebody who may not use the number. */
    async function stolen(): Promise<Answer> {
      const form = new FormData();
      form.set('messaging_product', 'whatsapp');
      form.set('file', new Blob([png], { type: 'image/png' }), 'a.png');
      return call(mediaUrl(), { token: bench.sandbox.other.accessToken, body: form });
    }
  });

  it.each([
    '../../../../etc/passwd',
    '/etc/cron.d/relais',
    'C:\\Windows\\system.ini',
    '..%2f..%2fa.png',
    '.',
    '..',
    'a/../../b.png',
    '-rf *',
    '\u202egnp.exe',
    'Überraschung 🎁.png',
    'x'.repeat(3_000),
    '; rm -rf / #',
    "'; DROP TABLE core.media; --",
  ])('a file called %j is kept under its id', async (name) => {
    const { json, status } = await post(wire([product, file(name)]));
    expect([status, json]).toEqual([200, { id: expect.stringMatching(/^\d+$/) }]);
    expect(await kept()).toContain(json.id);
    expect((await kept()).filter((one) => !/^\d+$/.test(one))).toEqual([]);
    expect(await staged()).toEqual([]);
    const { url } = (await call(`${bench.graph}/${json.id}`, { token: bench.token })).json;
    const downloaded = await fetch(url);
    expect(downloaded.headers.get('content-disposition')).toBe(`attachment; filename=${json.id}.png`);
    expect(Buffer.from(await downloaded.arrayBuffer()).equals(png)).toBe(true);
  });

  describe('behind its address', () => {
    const addressOf = async (id: string): Promise<URL> =>
      new URL((await call(`${bench.graph}/${id}`, { token: bench.token })).json.url);
    const outcome = async (url: URL): Promise<readonly unknown[]> => {
      const { status, json } = await call(url.href);
      return [status, json?.error?.code];
    };
    const gone = [404, 100];

    it('needs no token, and is refused once anything in it was changed', async () => {
      const [id, other] = [await bench.upload('image'), await bench.upload('image')];
      const url = await addressOf(id);
      expect(url.origin).toBe(under.node.baseUrl);
      expect((await fetch(url)).status).toBe(200);
      for (const change of [
        (bad: URL) =>
          bad.searchParams.set(
            'signature',
            bad.searchParams.get('signature')!.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')),
          ),
        (bad: URL) => bad.searchParams.set('expires', String(Number(bad.searchParams.get('expires')) + 1)),
        (bad: URL) => bad.searchParams.set('type', 'text/html'),
        (bad: URL) => bad.searchParams.delete('signature'),
        (bad: URL) => (bad.pathname = bad.pathname.replace(id, other)),
      ]) {
        const bad = new URL(url);
        change(bad);
        expect(bad.href).not.toBe(url.href);
        expect(await outcome(bad)).toEqual(gone);
      }
    });

    it('is gone after five minutes, and at once when the media is deleted', async () => {
      const [id, deleted] = [await bench.upload('image'), await bench.upload('image')];
      const [url, dead] = [await addressOf(id), await addressOf(deleted)];
      await call(`${bench.graph}/${deleted}`, { method: 'DELETE', token: bench.token });
      expect(await outcome(dead)).toEqual(gone);
      await advance(5 * MINUTE - 30_000);
      expect((await fetch(url)).status).toBe(200);
      await advance(31_000);
      expect(await outcome(url)).toEqual(gone);
      expect((await fetch(await addressOf(id))).status).toBe(200);
    });
  });

  it('expires after 30 days, what a customer sent after 7, and its file goes from the disk', async () => {
    const uploaded = await bench.upload('image');
    const { type, bytes } = sampleMedia.document;
    const sent = await call(`${bench.sandbox.baseUrl}/handset/v1/media`, {
      token: bench.ada.token,
      body: bytes,
      headers: { 'content-type': type },
    });
    await bench.writes({ type: 'document', document: { id: sent.json.id, filename: 'a.pdf' } });
    const states = async (): Promise<readonly number[]> =>
      Promise.all(
        [uploaded, sent.json.id].map(async (id) => (await call(`${bench.graph}/${id}`, { token: bench.token })).status),
      );
    expect(await states()).toEqual([200, 200]);
    await advance(7 * DAY - 10 * MINUTE);
    expect(await states()).toEqual([200, 200]);
    await advance(11 * MINUTE);
    expect(await states()).toEqual([200, 400]);
    // The customer's own handset still has it.
    expect(await kept()).toContain(sent.json.id);
    await advance(23 * DAY - 10 * MINUTE);
    expect(await states()).toEqual([200, 400]);
    await advance(11 * MINUTE);
    expect(await states()).toEqual([400, 400]);
    await eventually('the files are gone', async () => {
      await advance(MINUTE);
      const left = await kept();
      return left.includes(uploaded) || left.includes(sent.json.id) ? undefined : true;
    });
    expect(await rows()).not.toContain(uploaded);
  });

  it('of 100 MB goes up and down in the memory of a few', async () => {
    const pids = Object.values(under.node.apps).map((app) => app!.pid!);
    const resident = (): number => pids.reduce((sum, pid) => sum + residentMb(pid), 0);
    const body = wire([product, file('a.txt', Buffer.alloc(100 * MB, 'Zeile\n'), 'text/plain')]);
    const upAndDown = async (): Promise<void> => {
      const { id } = (await post(body)).json;
      const { url } = (await call(`${bench.graph}/${id}`, { token: bench.token })).json;
      const downloaded = await fetch(url);
      let bytes = 0;
      for await (const chunk of downloaded.body!) bytes += (chunk as Uint8Array).length;
      expect(bytes).toBe(100 * MB);
    };
    // What the first one loads and allocates stays.
    await upAndDown();
    for (const _ of [1, 2, 3]) {
      const before = resident();
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, resident())), 10);
      await upAndDown();
      clearInterval(watch);
      expect(most - before).toBeLessThan(30);
    }
  });

  describe('that core is killed over', () => {
    /** Core is back, nothing has got an id, and an hour later nothing is left. */
    const leavesNothing = async (before: readonly string[]): Promise<void> => {
      await under.node.apps.core.start();
      await eventually('core answers', async () =>
        (await call(`${bench.graph}/${bench.phoneNumberId}`, { token: bench.token })).status === 200 ? true : undefined,
      );
      const orphans = await staged();
      expect(orphans).toHaveLength(1);
      expect((await rows()).toSorted()).toEqual([...before].toSorted());
      await advance(2 * MINUTE);
      expect(await staged()).toEqual(orphans);
      // It is as old as the disk says, so that is what is moved.
      const anHourAgo = new Date(Date.now() - 61 * MINUTE);
      await utimes(join(staging(), orphans[0]!), anHourAgo, anHourAgo);
      await eventually('it is swept', async () => {
        await advance(MINUTE);
        return (await staged()).length === 0 ? true : undefined;
      });
      expect((await kept()).toSorted()).toEqual((await rows()).toSorted());
    };

    it('before it keeps it has no id, and is no orphan after an hour', async () => {
      const before = await rows();
      const body = wire([product, file('a.png', grown(png, MB))]);
      const socket = begin(body.length);
      const answer = answered(socket);
      socket.write(body.subarray(0, body.length / 2));
      await eventually('the upload begins', async () => ((await staged()).length > 0 ? true : undefined));
      await under.node.apps.core.kill('SIGKILL');
      socket.write(body.subarray(body.length / 2));
      expect(await answer).toMatch(/^HTTP\/1\.1 503 /);
      await leavesNothing(before);
    });

    it('between its bytes and its row it has no id, and is no orphan after an hour', async () => {
      const before = await rows();
      await database.query('BEGIN');
      await database.query('LOCK TABLE core.media IN EXCLUSIVE MODE');
      const answer = upload(png, { type: 'image/png' });
      await eventually('its bytes are kept', async () => ((await kept()).length > before.length ? true : undefined));
      await under.node.apps.core.kill('SIGKILL');
      // What the database has taken in already would be committed without core.
      await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
      await database.query('ROLLBACK');
      expect((await answer).status).toBe(503);
      expect((await kept()).length).toBe(before.length + 1);
      await leavesNothing(before);
    });
  });
});

/** The same file with nothing behind it, up to a size. */
function grown(bytes: Buffer, size: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
}
