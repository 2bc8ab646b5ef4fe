import { Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/**
 * One connection of a well-behaved client: kept alive, given up when an answer says `Connection: close`, one request at a
 * time, nothing retried.
 */
export class KeepAliveClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1, keepAliveMsecs: 1_000 });

  post(url: string, token: string, json: unknown, headers: Record<string, string> = {}, timeoutMs = 8_000): Promise<HttpAnswer> {
    const body = Buffer.from(JSON.stringify(json));
    return new Promise((resolve, reject) => {
      const asked = request(
        url,
        {
          method: 'POST',
          agent: this.agent,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            'content-length': body.length,
            ...headers,
          },
          timeout: timeoutMs,
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              retryAfter: response.headers['retry-after'],
              text: Buffer.concat(parts).toString('utf8'),
            }),
          );
        },
      );
      asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      asked.on('error', reject);
      asked.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
