import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OutboundPolicy } from './addresses.js';
import { monotonic } from './clock.js';
import { Outbound, OutboundFailed, OutboundRefused, type OutboundOptions } from './outbound.js';
import { selfSigned } from './testing/index.js';

/** A real server on loopback that counts who got through to it: connections and requests. */
let server: Server;
let port: number;
let connections: number;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const opened: Outbound[] = [];

beforeEach(async () => {
  connections = 0;
  requests = [];
  answer = (_request, response) => void response.end('hello');
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((outbound) => outbound.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function outbound(policy: Partial<OutboundPolicy> = {}, options: OutboundOptions = {}): Outbound {
  const whole: OutboundPolicy = {
    allowHttp: true,
    allowedPorts: 'any',
    allowPublic: true,
    allowedNetworks: [],
    allowLoopback: true,
    ...policy,
  };
  const made = new Outbound(() => whole, options);
  opened.push(made);
  return made;
}

const refusal = async (made: Outbound, url: string): Promise<string> => {
  const error = await made.request({ method: 'GET', url }).catch((caught: unknown) => caught);
  if (!(error instanceof OutboundRefused)) throw new Error(`not refused: ${String(error)}`);
  return error.reason;
};

const failure = async (work: Promise<unknown>): Promise<OutboundFailed> => {
  const error = await work.catch((caught: unknown) => caught);
  if (!(error instanceof OutboundFailed)) throw new Error(`not failed as expected: ${String(error)}`);
  return error;
};

describe('refused, and nothing reaches the server', () => {
  const loopback = "127.0.0.1 is this machine's own (loopback)";

  it.each<[string, string, Partial<OutboundPolicy>, string]>([
    ['plain http', 'http://127.0.0.1:PORT/', { allowHttp: false }, 'plain http is not allowed'],
    ['another scheme', 'ftp://127.0.0.1:PORT/', {}, 'the scheme must be https'],
    ['a file', 'file:///etc/passwd', {}, 'the scheme must be https'],
    ['credentials', 'http://user:pw@127.0.0.1:PORT/', {}, 'the address may not hold credentials'],
    ['a fragment', 'http://127.0.0.1:PORT/#x', {}, 'the address may not hold a fragment'],
    ['an empty fragment', 'http://127.0.0.1:PORT/#', {}, 'the address may not hold a fragment'],
    ['a line break', 'http://127.0.0.1:PORT/\nx', {}, 'the address holds white space, control characters or backslashes'],
    ['a backslash', 'http://127.0.0.1:PORT\\@x/', {}, 'the address holds white space, control characters or backslashes'],
    ['no URL', 'webhook', {}, 'the address is not a URL'],
    ['a port that is not listed', 'http://127.0.0.1:22/', { allowedPorts: [80, 443] }, 'port 22 is not allowed'],
    ['loopback', 'http://127.0.0.1:PORT/', { allowLoopback: false }, loopback],
    ['loopback in hexadecimal', 'http://0x7f.1:PORT/', { allowLoopback: false }, loopback],
    ['loopback in octal', 'http://0177.0.0.1:PORT/', { allowLoopback: false }, loopback],
    ['loopback as one number', 'http://2130706433:PORT/', { allowLoopback: false }, loopback],
    ['loopback shortened', 'http://127.1:PORT/', { allowLoopback: false }, loopback],
    ['loopback in full-width digits', 'http://１２７.0.0.1:PORT/', { allowLoopback: false }, loopback],
    ['loopback with a dot at its end', 'http://127.0.0.1.:PORT/', { allowLoopback: false }, loopback],
    ['loopback inside IPv6', 'http://[::ffff:127.0.0.1]:PORT/', { allowLoopback: false }, loopback],
    ['loopback behind NAT64', 'http://[64:ff9b::127.0.0.1]:PORT/', { allowLoopback: false }, loopback],
    ['loopback by IPv6', 'http://[::1]:PORT/', { allowLoopback: false }, "::1 is this machine's own (loopback)"],
    ['nowhere', 'http://0.0.0.0:PORT/', {}, '0.0.0.0 is unspecified'],
    ['nowhere by IPv6', 'http://[::]:PORT/', {}, ':: is unspecified'],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data', {}, '169.254.169.254 is link-local'],
    ['a private network', 'http://10.0.0.1/', {}, '10.0.0.1 is not public and in no allowed network'],
  ])('%s', async (_label, url, policy, reason) => {
    expect(await refusal(outbound(policy), url.replace('PORT', String(port)))).toBe(reason);
    expect(connections).toBe(0);
  });

  it('a name of which only one address is bad', async () => {
    const made = outbound({ allowLoopback: false }, { resolve: async () => ['93.184.216.34', '127.0.0.1'] });
    expect(await refusal(made, `http://mixed.example:${port}/`)).toBe(loopback);
    expect(connections).toBe(0);
  });

  it('localhost by name', async () => {
    expect(await refusal(outbound({ allowLoopback: false }), `http://localhost:${port}/`)).toMatch(
      /is this machine's own \(loopback\)$/,
    );
    expect(connections).toBe(0);
  });

  it('what the policy has just closed, although a connection is still open', async () => {
    let allowLoopback = true;
    const made = new Outbound(() => ({
      allowHttp: true,
      allowedPorts: 'any',
      allowPublic: true,
      allowedNetworks: [],
      allowLoopback,
    }));
    opened.push(made);
    const url = `http://127.0.0.1:${port}/`;
    expect((await made.request({ method: 'GET', url })).status).toBe(200);
    allowLoopback = false;
    expect(await refusal(made, url)).toBe(loopback);
    expect(requests).toHaveLength(1);
  });
});

it('judges the connection again: what was closed between check and connect gets no request', async () => {
  let asked = 0;
  const made = new Outbound(() => ({
    allowHttp: true,
    allowedPorts: 'any',
    allowPublic: true,
    allowedNetworks: [],
    allowLoopback: ++asked === 1,
  }));
  opened.push(made);
  expect(await refusal(made, `http://127.0.0.1:${port}/`)).toBe("127.0.0.1 is this machine's own (loopback)");
  expect(asked).toBe(2);
  expect(requests).toHaveLength(0);
});

describe('names that change their mind', () => {
  it('connects to the address that was checked, not to what the name has become', async () => {
    // The checked address is a server on 127.0.0.1; by then the name says 127.0.0.2, where nobody listens.
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.2']];
    let asked = 0;
    const made = outbound({}, { resolve: async () => answers[asked++] ?? [] });
    const { status } = await made.request({ method: 'GET', url: `http://flips.example:${port}/` });
    expect(status).toBe(200);
    expect(asked).toBe(1);
  });

  it('is refused when the flip comes before the check', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    let asked = 0;
    const made = outbound({ allowLoopback: false }, { resolve: async () => answers[asked++] ?? [] });
    const url = `http://rebind.example:${port}/`;
    expect((await made.check(url)).ok).toBe(true);
    expect(await refusal(made, url)).toBe("127.0.0.1 is this machine's own (loopback)");
    expect(connections).toBe(0);
  });

  it('does not reuse a connection to an address that the name no longer has', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    let asked = 0;
    const made = outbound({}, { resolve: async () => answers[asked++] ?? [] });
    const url = `http://moves.example:${port}/`;
    await made.request({ method: 'GET', url });
    const failed = await failure(made.request({ method: 'GET', url, timeoutMs: 1_000 }));
    expect(failed).toMatchObject({ fault: 'connect', mayHaveArrived: false });
    expect(requests).toHaveLength(1);
  });

  it('tries the next checked address when one does not answer', async () => {
    const made = outbound({}, { resolve: async () => ['::1', '127.0.0.1'] });
    expect((await made.request({ method: 'GET', url: `http://dual.example:${port}/` })).status).toBe(200);
  });

  it('is told from a refusal when the name does not resolve', async () => {
    const made = outbound({}, { resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) });
    expect(await made.check('https://gone.example/')).toEqual({
      ok: false,
      reason: 'the name gone.example does not resolve (ENOTFOUND)',
      temporary: true,
    });
    const failed = await failure(made.request({ method: 'GET', url: 'https://gone.example/' }));
    expect(failed).toMatchObject({ fault: 'dns', mayHaveArrived: false });
  });

  it('does not wait for a resolver for ever', async () => {
    const made = outbound({}, { resolve: () => new Promise(() => {}), connectTimeoutMs: 30 });
    expect(await made.check('https://slow.example/')).toMatchObject({
      reason: 'the name slow.example does not resolve (timeout)',
    });
  });
});

describe('sent', () => {
  it("asks under the name of the host, with the caller's headers and exact bytes", async () => {
    const received: Buffer[] = [];
    answer = (request, response) => {
      request.on('data', (chunk: Buffer) => received.push(chunk));
      request.on('end', () => response.writeHead(202, { 'x-seen': 'yes' }).end('done'));
    };
    const made = outbound({}, { resolve: async () => ['127.0.0.1'] });
    const response = await made.request({
      method: 'POST',
      url: `http://crm.example:${port}/hook?a=b%20c`,
      headers: {
        'content-type': 'application/json',
        'X-Hub-Signature-256': 'sha256=00',
        Host: 'evil.example',
        'Transfer-Encoding': 'chunked',
      },
      body: Buffer.from('{"ü":1}'),
    });
    expect(response).toMatchObject({ status: 202, headers: { 'x-seen': 'yes' }, truncated: false });
    expect(response.body.toString()).toBe('done');
    expect(Buffer.concat(received).toString()).toBe('{"ü":1}');
    expect(requests[0]?.url).toBe('/hook?a=b%20c');
    expect(requests[0]?.headers).toMatchObject({
      host: `crm.example:${port}`,
      'x-hub-signature-256': 'sha256=00',
      'content-length': '8',
    });
    expect(requests[0]?.headers['transfer-encoding']).toBeUndefined();
  });

  it('keeps connections for the next requests', async () => {
    const made = outbound();
    for (let i = 0; i < 20; i++) await made.request({ method: 'POST', url: `http://127.0.0.1:${port}/`, body: 'x' });
    expect(requests).toHaveLength(20);
    // Two and not one: the first may still be tidying up when the second request comes.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('follows no redirect', async () => {
    answer = (_request, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    const response = await outbound().request({ method: 'GET', url: `http://127.0.0.1:${port}/` });
    expect(response).toMatchObject({ status: 302, headers: { location: 'http://169.254.169.254/' } });
    expect(requests).toHaveLength(1);
  });

  it('stops reading an answer at its cap', async () => {
    let wrote = 0;
    answer = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && wrote < 50_000_000) {
          wrote += 65_536;
          if (!response.write(Buffer.alloc(65_536, 'x'))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    };
    const response = await outbound().request({ method: 'GET', url: `http://127.0.0.1:${port}/`, maxResponseBytes: 1_000 });
    expect(response).toMatchObject({ status: 200, truncated: true });
    expect(response.body.toString()).toBe('x'.repeat(1_000));
    expect(wrote).toBeLessThan(50_000_000);
  });

  it('gives up on an answer that never ends', async () => {
    answer = (_request, response) => void response.write('and then ');
    const start = monotonic();
    const failed = await failure(outbound().request({ method: 'GET', url: `http://127.0.0.1:${port}/`, timeoutMs: 80 }));
    expect(failed).toMatchObject({ fault: 'timeout', mayHaveArrived: true });
    expect(monotonic() - start).toBeLessThan(2_000);
  });

  it('gives up on an answer that never begins', async () => {
    answer = () => {};
    const failed = await failure(outbound().request({ method: 'GET', url: `http://127.0.0.1:${port}/`, timeoutMs: 80 }));
    expect(failed).toMatchObject({ fault: 'timeout', mayHaveArrived: true });
  });

  it('says that a closed port was never reached', async () => {
    const spare = createServer();
    await new Promise<void>((resolve) => spare.listen(0, '127.0.0.1', resolve));
    const free = (spare.address() as AddressInfo).port;
    await new Promise((resolve) => spare.close(resolve));
    const failed = await failure(outbound().request({ method: 'GET', url: `http://127.0.0.1:${free}/` }));
    expect(failed).toMatchObject({ fault: 'connect', mayHaveArrived: false, message: 'no connection (ECONNREFUSED)' });
  });

  it('says that a broken connection may have been too late', async () => {
    answer = (request) => void request.socket.destroy();
    const failed = await failure(outbound().request({ method: 'POST', url: `http://127.0.0.1:${port}/`, body: 'x' }));
    expect(failed).toMatchObject({ fault: 'broken', mayHaveArrived: true });
  });

  it('trusts no server that only claims to speak TLS', async () => {
    const failed = await failure(outbound().request({ method: 'GET', url: `https://127.0.0.1:${port}/` }));
    expect(failed.mayHaveArrived).toBe(false);
    expect(requests).toHaveLength(0);
  });
});

describe('streamed', () => {
  const read = async (body: AsyncIterable<Buffer>): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };

  it('hands the answer over as it comes', async () => {
    answer = (_request, response) => void response.writeHead(200, { 'content-type': 'image/png' }).end('picture');
    const response = await outbound().stream({ method: 'GET', url: `http://127.0.0.1:${port}/`, maxResponseBytes: 7 });
    expect(response).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } });
    expect(await read(response.body)).toBe('picture');
  });

  it('refuses before the first byte what announces too much', async () => {
    answer = (_request, response) => void response.end('12345678');
    const failed = await failure(outbound().stream({ method: 'GET', url: `http://127.0.0.1:${port}/`, maxResponseBytes: 7 }));
    expect(failed).toMatchObject({ fault: 'too-large', message: 'The answer exceeds 7 bytes' });
  });

  it('breaks off what turns out to be too much', async () => {
    answer = (_request, response) => {
      response.write('1234');
      response.end('5678');
    };
    const { body } = await outbound().stream({ method: 'GET', url: `http://127.0.0.1:${port}/`, maxResponseBytes: 7 });
    expect(await failure(read(body))).toMatchObject({ fault: 'too-large' });
  });

  it('breaks off what takes too long', async () => {
    answer = (_request, response) => void response.write('1');
    const { body } = await outbound().stream({ method: 'GET', url: `http://127.0.0.1:${port}/`, timeoutMs: 80 });
    expect(await failure(read(body))).toMatchObject({ fault: 'timeout' });
  });
});

describe('by TLS', () => {
  const { cert, key } = selfSigned('secure.example');
  const secure = createTlsServer({ cert, key }, (request, response) => {
    names.push((request.socket as TLSSocket & { servername?: string }).servername);
    response.end('hello');
  });
  const names: (string | undefined)[] = [];
  let securePort: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    securePort = (secure.address() as AddressInfo).port;
  });

  afterAll(async () => {
    secure.closeAllConnections();
    await new Promise((resolve) => secure.close(resolve));
  });

  beforeEach(() => {
    names.length = 0;
  });

  const resolve = async (): Promise<string[]> => ['127.0.0.1'];

  it('goes to the checked address under the name that was asked for', async () => {
    const made = outbound({ allowHttp: false }, { resolve, caPem: cert });
    const response = await made.request({ method: 'GET', url: `https://secure.example:${securePort}/` });
    expect(response.body.toString()).toBe('hello');
    expect(names).toEqual(['secure.example']);
  });

  it('trusts no certificate that nobody vouches for', async () => {
    const failed = await failure(
      outbound({}, { resolve }).request({ method: 'GET', url: `https://secure.example:${securePort}/` }),
    );
    expect(failed).toMatchObject({ fault: 'tls', mayHaveArrived: false });
    expect(names).toEqual([]);
  });

  it('trusts no certificate for another name', async () => {
    const made = outbound({}, { resolve, caPem: cert });
    const failed = await failure(made.request({ method: 'GET', url: `https://other.example:${securePort}/` }));
    expect(failed).toMatchObject({ fault: 'tls', mayHaveArrived: false });
    expect(names).toEqual([]);
  });
});
