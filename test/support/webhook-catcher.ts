import { createHmac } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CaughtWebhook {
  readonly path: string;
  readonly bytes: Buffer;
  readonly json: any;
  readonly signature: string | undefined;
}

/** Read when it is asked for: hundreds of thousands that nobody looks at would keep the test's own process busy. */
class Caught implements CaughtWebhook {
  private read: any;

  constructor(
    readonly path: string,
    readonly bytes: Buffer,
    readonly signature: string | undefined,
  ) {}

  get json(): any {
    return (this.read ??= JSON.parse(this.bytes.toString('utf8')));
  }
}

/** A client's own webhook receiver: remembers what came, byte by byte, and answers what it is told to. */
export class WebhookCatcher {
  readonly caught: CaughtWebhook[] = [];
  /** The status that a POST is answered with. */
  answer = 200;
  verifyToken = 'catcher-token';

  private constructor(private readonly server: Server) {}

  static async open(): Promise<WebhookCatcher> {
    const server = createServer();
    const catcher = new WebhookCatcher(server);
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', 'http://catcher');
      if (request.method === 'GET') {
        const good = url.searchParams.get('hub.verify_token') === catcher.verifyToken;
        response.writeHead(good ? 200 : 403).end(good ? url.searchParams.get('hub.challenge') : '');
        return;
      }
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const bytes = Buffer.concat(parts);
        const signature = request.headers['x-hub-signature-256'];
        if (catcher.answer === 200) {
          catcher.caught.push(new Caught(url.pathname, bytes, Array.isArray(signature) ? signature[0] : signature));
        }
        response.writeHead(catcher.answer).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return catcher;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** All `messages` changes of the Graph dialect, in order of arrival. */
  graphValues(): any[] {
    return this.caught
      .filter((webhook) => webhook.json.object === 'whatsapp_business_account')
      .flatMap((webhook) => webhook.json.entry.flatMap((entry: any) => entry.changes.map((change: any) => change.value)));
  }

  graphStatuses(id: string): any[] {
    return this.graphValues()
      .flatMap((value) => value.statuses ?? [])
      .filter((status) => status.id === id);
  }

  onPremStatuses(id: string): any[] {
    return this.caught
      .filter((webhook) => webhook.json.object === undefined)
      .flatMap((webhook) => webhook.json.statuses ?? [])
      .filter((status) => status.id === id);
  }

  onPremMessages(): any[] {
    return this.caught.filter((webhook) => webhook.json.object === undefined).flatMap((webhook) => webhook.json.messages ?? []);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function signatureOf(bytes: Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;
}
