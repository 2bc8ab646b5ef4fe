import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
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
const png = sampleMedia.image.bytes;

/** Files that come in parts: opened, filled, interrupted and resumed, refused without a trace. */
describe('uploads', () => {
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

  const staged = (): Promise<string[]> => readdir(join(under.node.paths.media, 'staging'));
  /** The paths of the files that are kept, by their names. */
  const kept = async (): Promise<ReadonlyMap<string, string>> => {
    const entries = await readdir(join(under.node.paths.media, 'kept'), { recursive: true, withFileTypes: true });
    return new Map(entries.filter((one) => one.isFile()).map((one) => [one.name, join(one.parentPath, one.name)]));
  };
  const openWith = (fields: object, init: Parameters<typeof call>[1] = { token: bench.token }): Promise<Answer> =>
    call(`${bench.graph}/${bench.sandbox.graph.appId}/uploads`, { json: fields, ...init });
  const open = async (length: number, type = 'image/png'): Promise<string> => {
    const { json, status } = await openWith({ file_name: 'a.png', file_length: length, file_type: type });
    expect([status, json]).toEqual([200, { id: expect.stringMatching(/^upload:\d+\?sig=[\w-]{22}$/) }]);
    return json.id;
  };
  const send = (id: string, body: Buffer, headers: Record<string, string> = { file_offset: '0' }): Promise<Answer> =>
    call(`${bench.graph}/${id}`, { token: bench.token, body, headers });
  const offsetOf = async (id: string): Promise<number> => {
    const { json, status } = await call(`${bench.graph}/${id}`, { token: bench.token });
    expect([status, json]).toEqual([200, { id, file_offset: expect.any(Number) }]);
    return json.file_offset;
  };
  const handle = () => ({ h: expect.stringMatching(/^4::[\w+/=]+:\d+\.[\w-]{22}$/) });
  const digestOf = async (path: string): Promise<string> => {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  };
  /** The digest of the file behind an upload, as it lies on the disk. */
  const fileOf = async (id: string): Promise<string> => {
    const { rows } = await database.query<{ file_id: string }>('SELECT file_id::text FROM core.uploads WHERE id = $1', [
      /^upload:(\d+)/.exec(id)?.[1],
    ]);
    return digestOf((await kept()).get(rows[0]!.file_id)!);
  };
  /** A call whose body is still to come. */
  const begin = (id: string, length: number, offset = 0): Socket => {
    const { hostname, port, pathname } = new URL(`${bench.graph}/${id}`);
    const socket = connect(Number(port), hostname);
    // Whoever is killed resets the connection.
    socket.on('error', () => undefined);
    const head = [`POST ${pathname}?${id.split('?')[1]} HTTP/1.1`, `Host: ${hostname}`, `Authorization: OAuth ${bench.token}`];
    socket.write(`${[...head, `file_offset: ${offset}`, `Content-Length: ${length}`].join('\r\n')}\r\n\r\n`);
    return socket;
  };
  /** No two blocks of it are alike. */
  const pdf = (bytes: number): Buffer => {
    const file = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at += 1024) file.write(`%PDF-1.7 block ${at}\n`, at);
    return file;
  };

  it.each<[string, (id: string) => readonly [path: string, headers: Record<string, string>]]>([
    ['as its id says', (id) => [id, {}]],
    ['as what curl calls a form', (id) => [id, { 'content-type': 'application/x-www-form-urlencoded' }]],
    ['as what a client calls JSON', (id) => [id, { 'content-type': 'application/json' }]],
    ['as its own type', (id) => [id, { 'content-type': 'image/png' }]],
    ['without a signature', (id) => [id.split('?')[0]!, {}]],
    ['with an escaped colon', (id) => [id.replace(':', '%3A'), {}]],
    ['with everything escaped', (id) => [encodeURIComponent(id), {}]],
  ])('come in one part, addressed %s', async (_, addressed) => {
    const id = await open(png.length);
    const [path, headers] = addressed(id);
    const answer = await send(path, png, { file_offset: '0', ...headers });
    expect([answer.status, answer.json]).toEqual([200, handle()]);
    expect(await offsetOf(id)).toBe(png.length);
    expect(await fileOf(id)).toBe(createHash('sha256').update(png).digest('hex'));
  });

  it('say their handle again to who has lost it', async () => {
    const id = await open(png.length);
    const { json } = await send(id, png);
    expect((await send(id, Buffer.alloc(0), { file_offset: String(png.length) })).json).toEqual(json);
  });

  it('come in as many parts as a client likes', async () => {
    const file = pdf(3 * MB);
    const id = await open(file.length, 'application/pdf');
    for (let at = 0; at < file.length; at += MB) {
      expect(await offsetOf(id)).toBe(at);
      const answer = await send(id, file.subarray(at, at + MB), { file_offset: String(at) });
      expect(answer.json).toEqual(at + MB < file.length ? { id, file_offset: at + MB } : handle());
    }
    expect(await fileOf(id)).toBe(createHash('sha256').update(file).digest('hex'));
    expect(await staged()).toEqual([]);
  });

  it('go on where a connection broke off', async () => {
    const file = pdf(2 * MB);
    const id = await open(file.length, 'application/pdf');
    const socket = begin(id, file.length);
    socket.write(file.subarray(0, MB));
    await eventually('the first half is there', async () => ((await staged()).length > 0 ? true : undefined));
    socket.end();
    const offset = await eventually('what has come is kept', async () => (await offsetOf(id)) || undefined);
    expect(offset).toBe(MB);
    expect((await send(id, file.subarray(offset), { file_offset: String(offset) })).json).toEqual(handle());
    expect(await fileOf(id)).toBe(createHash('sha256').update(file).digest('hex'));
  });

  it('become the picture of a profile, at an address that needs no token', async () => {
    const id = await open(png.length);
    const { h } = (await send(id, png)).json;
    const profile = `${bench.graph}/${bench.phoneNumberId}/whatsapp_business_profile`;
    const change = (json: object, token = bench.token) =>
      call(profile, { token, json: { messaging_product: 'whatsapp', ...json } });
    const pictureUrl = async (): Promise<string | undefined> =>
      (await call(`${profile}?fields=profile_picture_url`, { token: bench.token })).json.data[0].profile_picture_url;
    expect((await change({ profile_picture_handle: h, about: 'With a picture' })).json).toEqual({ success: true });
    const url = new URL((await pictureUrl())!);
    expect(url.origin).toBe(under.node.baseUrl);
    const picture = await fetch(url);
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(Buffer.from(await picture.arrayBuffer()).equals(png)).toBe(true);

    const wrong = await change({ profile_picture_handle: `${h}x`, about: 'Not this' });
    expect([wrong.status, wrong.json.error.code]).toEqual([400, 100]);
    const read = await call(`${profile}?fields=about`, { token: bench.token });
    expect(read.json.data[0].about).toBe('With a picture');
    expect((await fetch((await pictureUrl())!)).status).toBe(200);
    await change({ profile_picture_handle: '' });
    expect(await pictureUrl()).toBeUndefined();
  });

  it('are the samples of templates, and are shown with them', async () => {
    const { h } = (await send(await open(png.length), png)).json;
    const templates = `${bench.graph}/${bench.sandbox.graph.wabaId}/message_templates`;
    const handIn = (
      name: string,
      handle: string,
      init: { token: string; url: string } = { token: bench.token, url: templates },
    ) =>
      call(init.url, {
        token: init.token,
        json: {
          name,
          language: 'en_US',
          category: 'MARKETING',
          components: [
            { type: 'HEADER', format: 'IMAGE', example: { header_handle: [handle] } },
            { type: 'BODY', text: 'Look at this' },
          ],
        },
      });
    const made = await handIn('sampled', h);
    expect([made.status, made.json]).toMatchObject([200, { status: 'PENDING' }]);
    const read = (await call(`${bench.graph}/${made.json.id}`, { token: bench.token })).json;
    const [listed] = (await call(`${templates}?name=sampled`, { token: bench.token })).json.data;
    for (const { components } of [read, listed]) {
      expect(Object.keys(components[0]).toSorted()).toEqual(['example', 'format', 'type']);
      const shown = await fetch(components[0].example.header_handle[0]);
      expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png']);
      expect(Buffer.from(await shown.arrayBuffer()).equals(png)).toBe(true);
    }
    const theirs = {
      token: bench.sandbox.other.accessToken,
      url: templates.replace(bench.sandbox.graph.wabaId, bench.sandbox.other.wabaId),
    };
    for (const refused of [await handIn('unknown', '4::aW1hZ2UvcG5n:7.x'), await handIn('foreign', h, theirs)]) {
      expect(refused.status).toBe(400);
      expect(refused.json.error).toMatchObject({ code: 131009, error_subcode: 2494102, type: 'OAuthException' });
    }
  });

  it('of 100 MB go up in the memory of a few', async () => {
    const pids = Object.values(under.node.apps).map((app) => app!.pid!);
    const resident = (): number => pids.reduce((sum, pid) => sum + residentMb(pid), 0);
    const file = pdf(100 * MB);
    const up = async (): Promise<string> => {
      const id = await open(file.length, 'application/pdf');
      expect((await send(id, file)).json).toEqual(handle());
      return id;
    };
    // What the first one loads and allocates stays.
    await up();
    const before = resident();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, resident())), 10);
    const id = await up();
    clearInterval(watch);
    expect(most - before).toBeLessThan(30);
    expect(await fileOf(id)).toBe(createHash('sha256').update(file).digest('hex'));
    // The parts are one file now.
    const { rows } = await database.query<{ id: string }>(
      'SELECT file_id::text AS id FROM core.uploads WHERE file_id IS NOT NULL UNION SELECT file_id::text FROM core.upload_parts',
    );
    expect([...(await kept()).keys()].toSorted()).toEqual(rows.map((row) => row.id).toSorted());
  });

  describe('that are refused', () => {
    let before: readonly string[];
    beforeEach(async () => {
      before = [...(await kept()).keys()];
    });
    const refusal = ({ status, json }: Answer) => [status, json?.error?.code, json?.error?.error_data?.details];
    const other = () => bench.sandbox.other;
    const wanted = { file_name: 'a.png', file_length: 70, file_type: 'image/png' };

    it.each<[string, () => Promise<Answer>, number, number, RegExp]>([
      ['no token', () => openWith(wanted, { token: undefined }), 401, 104, /./],
      ['a bad token', () => openWith(wanted, { token: 'nonsense' }), 401, 190, /./],
      ['somebody else’s app', () => openWith(wanted, { token: other().accessToken }), 400, 100, /./],
      [
        'no app at all',
        () => call(`${bench.graph}/nonsense/uploads`, { token: bench.token, json: wanted }),
        400,
        100,
        /nonsense/,
      ],
      ['no length', () => openWith({ ...wanted, file_length: undefined }), 400, 100, /file_length is required/],
      ['no type', () => openWith({ ...wanted, file_type: undefined }), 400, 100, /file_type is required/],
      ['a length of nothing', () => openWith({ ...wanted, file_length: 0 }), 400, 100, /file_length/],
      ['a negative length', () => openWith({ ...wanted, file_length: '-1' }), 400, 100, /file_length/],
      ['a broken length', () => openWith({ ...wanted, file_length: 1.5 }), 400, 100, /file_length/],
      ['an immense length', () => openWith({ ...wanted, file_length: 1e300 }), 400, 100, /at most 5242880 bytes/],
      ['a length too large for its type', () => openWith({ ...wanted, file_length: '5242881' }), 400, 100, /at most 5242880/],
      ['a type that is none', () => openWith({ ...wanted, file_type: '../../x' }), 400, 100, /not supported/],
      ['a list of types', () => openWith({ ...wanted, file_type: ['image/png'] }), 400, 100, /file_type/],
      ['another type', () => openWith({ ...wanted, file_type: 'audio/ogg' }), 400, 100, /file_type must be one of/],
    ])('opened with %s', async (_, ask, status, code, details) => {
      const answer = await ask();
      expect([answer.status, answer.json?.error?.code]).toEqual([status, code]);
      expect(answer.json.error.error_data?.details ?? answer.json.error.message).toMatch(details);
    });

    it.each<[string, (id: string) => Promise<Answer>, number, number, RegExp]>([
      ['without a token', (id) => call(`${bench.graph}/${id}`, { body: png }), 401, 104, /./],
      [
        'by somebody else',
        (id) => call(`${bench.graph}/${id}`, { body: png, token: other().accessToken }),
        400,
        100,
        /no such upload/,
      ],
      [
        'with a bad signature',
        (id) =>
          send(
            id.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')),
            png,
          ),
        400,
        100,
        /no such upload/,
      ],
      ['to an upload that is none', () => send('upload:..%2f..%2fetc', png), 400, 100, /does not exist/],
      ['to no upload', () => send(`upload:${bench.sandbox.graph.appId}`, png), 400, 100, /no such upload/],
      ['from further on', (id) => send(id, png, { file_offset: '10' }), 400, 100, /file_offset must be 0/],
      ['from far away', (id) => send(id, png, { file_offset: '999999999999999' }), 400, 100, /file_offset must be 0/],
      ['from before the beginning', (id) => send(id, png, { file_offset: '-1' }), 400, 100, /file_offset must be a whole/],
      ['from nowhere', (id) => send(id, png, { file_offset: 'NaN' }), 400, 100, /file_offset must be a whole/],
      ['of nothing', (id) => send(id, Buffer.alloc(0)), 400, 100, /no body/],
      ['of more than was said', (id) => send(id, Buffer.concat([png, png])), 400, 100, /said to have \d+ bytes/],
      ['of far more', (id) => send(id, Buffer.alloc(20 * MB)), 400, 100, /said to have \d+ bytes/],
      ['of more, without saying how much', (id) => streamed(id, 40), 400, 100, /said to have \d+ bytes/],
      ['of another type by its bytes', (id) => send(id, pdf(png.length)), 400, 100, /said to be image\/png, but .*pdf/],
      ['of a multipart body', (id) => send(id, multipart(png.length)), 400, 100, /said to be image\/png, but/],
    ])('sent %s leave nothing', async (_, ask, status, code, details) => {
      const id = await open(png.length);
      expect(refusal(await ask(id))).toEqual([status, code, expect.stringMatching(details)]);
      expect([...(await kept()).keys()]).toEqual(before);
      expect(await staged()).toEqual([]);
    });

    it('are not shown to anybody else', async () => {
      const id = await open(png.length);
      for (const token of [other().accessToken, undefined, 'nonsense']) {
        const answer = await call(`${bench.graph}/${id}`, { token });
        expect(answer.status).toBe(token === other().accessToken ? 400 : 401);
      }
    });

    async function streamed(id: string, megabytes: number): Promise<Answer> {
      async function* body(): AsyncGenerator<Buffer> {
        yield png;
        for (let left = megabytes; left > 0; left--) yield Buffer.alloc(MB);
      }
      const answer = await fetch(`${bench.graph}/${id}`, {
        method: 'POST',
        headers: { authorization: `OAuth ${bench.token}`, file_offset: '0' },
        body: ReadableStream.from(body()),
        duplex: 'half',
      } as RequestInit);
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, json: JSON.parse(text), text };
    }

    /** As long as was said, and no picture. */
    function multipart(length: number): Buffer {
      return Buffer.from(
        '--b\r\nContent-Disposition: form-data; name="file"; filename="../a"\r\n\r\nx\r\n--b--'.padEnd(length),
      ).subarray(0, length);
    }
  });

  it('go on after the door and core were killed', async () => {
    const file = pdf(40 * MB);
    const id = await open(file.length, 'application/pdf');
    const socket = begin(id, file.length);
    socket.write(file.subarray(0, 20 * MB));
    await eventually('a part is kept', async () => (await offsetOf(id)) || undefined);
    await under.node.apps.api.kill('SIGKILL');
    await under.node.apps.core.kill('SIGKILL');
    await under.node.apps.core.start();
    await under.node.apps.api.start();
    await eventually('the node answers', async () =>
      (await call(`${bench.graph}/${bench.phoneNumberId}`, { token: bench.token })).status === 200 ? true : undefined,
    );
    // Of the part that was coming nobody knows any more: it is swept once it is an hour old, as the disk tells it, and what
    // belongs to the upload is not, however old it is.
    const orphans = await staged();
    expect(orphans).toHaveLength(1);
    const longAgo = new Date(Date.now() - 61 * 60_000);
    for (const path of [join(under.node.paths.media, 'staging', orphans[0]!), ...(await kept()).values()]) {
      await utimes(path, longAgo, longAgo);
    }
    await eventually('it is swept', async () => {
      await call(`${bench.sandbox.baseUrl}/sandbox/v1/clock`, { token: bench.sandbox.admin.token, json: { advance: 'PT1M' } });
      return (await staged()).length === 0 ? true : undefined;
    });
    expect(await offsetOf(id)).toBe(16 * MB);
    expect((await send(id, file.subarray(16 * MB), { file_offset: String(16 * MB) })).json).toEqual(handle());
    expect(await fileOf(id)).toBe(createHash('sha256').update(file).digest('hex'));
    socket.destroy();
  });
});
