import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NodeOptions, type RunningNode, type Sandbox, startNode } from '../../deploy/local/node.mjs';

/** A node with its sandbox, in a home of its own, on free ports; the built apps as processes. */
export interface NodeUnderTest {
  readonly node: RunningNode;
  readonly sandbox: Sandbox;
  close(): Promise<void>;
}

export async function theNode(options: NodeOptions = {}): Promise<NodeUnderTest> {
  const home = await mkdtemp(join(tmpdir(), 'relais-e2e-'));
  const lines: string[] = [];
  try {
    const node = await startNode({ home, port: 0, log: (line) => void lines.push(line), ...options });
    return {
      node,
      sandbox: node.sandbox as Sandbox,
      close: async () => {
        await node.stop();
        await rm(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    throw new Error(`The node did not start from ${home}:\n${lines.join('\n')}`, { cause: error });
  }
}

/** For tests that send more than a number may, which are about something else. */
export async function liftTrafficLimits({ node, sandbox }: Pick<NodeUnderTest, 'node' | 'sandbox'>): Promise<void> {
  const traffic = { standardPerSecond: 100_000, pairBurst: 1_000_000 };
  const patched = await call(`${node.baseUrl}/relais/v1/settings`, {
    method: 'PATCH',
    token: sandbox.admin.token,
    json: { traffic },
  });
  if (patched.status !== 200) throw new Error(`the limits stand: ${patched.text}`);
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // What a test says about JSON it says by expectation.
  readonly json: any;
  readonly text: string;
}

/** One request, answered in full. */
export async function call(
  url: string,
  init: {
    readonly method?: string;
    readonly token?: string | undefined;
    readonly json?: unknown;
    readonly body?: string | Buffer | FormData;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: init.method ?? (init.json !== undefined || init.body !== undefined ? 'POST' : 'GET'),
    headers: {
      ...(init.token === undefined ? {} : { authorization: `Bearer ${init.token}` }),
      ...(init.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
    ...(init.json === undefined ? (init.body === undefined ? {} : { body: init.body }) : { body: JSON.stringify(init.json) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, json, text };
}

/** Asks again until the answer is there. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = 15_000,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > until) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
