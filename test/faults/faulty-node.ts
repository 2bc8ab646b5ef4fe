import pg from 'pg';
import type { NodeOptions, RunningNode, Sandbox } from '../../deploy/local/node.mjs';
import { type NodeUnderTest, call, eventually, theNode, liftTrafficLimits } from '../support/the-node.js';
import { WebhookCatcher } from '../support/webhook-catcher.js';
import { type Customer, HandsetFleet } from './handset-fleet.js';

/** A node with customers, their handsets and a client's webhook receiver around it: all that the checker looks at. */
export class FaultyNode {
  private constructor(
    private readonly under: NodeUnderTest,
    readonly catcher: WebhookCatcher,
    readonly customers: readonly Customer[],
    readonly fleet: HandsetFleet,
  ) {}

  get node(): RunningNode {
    return this.under.node;
  }

  get sandbox(): Sandbox {
    return this.under.sandbox;
  }

  static async open(customers: number, options: NodeOptions = {}): Promise<FaultyNode> {
    // With FAULTS_HOME set, what a failed run leaves behind can be looked at.
    const home = process.env['FAULTS_HOME'];
    const under = await theNode({ ...(home === undefined ? {} : { home }), ...options });
    const { sandbox } = under;
    const catcher = await WebhookCatcher.open();
    const subscribed = await call(`${sandbox.baseUrl}/${sandbox.graph.version}/${sandbox.graph.appId}/subscriptions`, {
      token: `${sandbox.graph.appId}|${sandbox.graph.appSecret}`,
      json: {
        object: 'whatsapp_business_account',
        callback_url: `${catcher.url}/graph`,
        verify_token: catcher.verifyToken,
        fields: ['messages'],
      },
    });
    if (subscribed.status !== 200) throw new Error(`not subscribed: ${subscribed.text}`);
    // What is looked for here is what gets lost, not what is refused.
    await liftTrafficLimits(under);
    const people: Customer[] = [];
    for (let from = 0; from < customers; from += 8) {
      const portion = Array.from({ length: Math.min(8, customers - from) }, (_, index) => from + index);
      people.push(
        ...(await Promise.all(
          portion.map(async (index): Promise<Customer> => {
            const waId = `49171391${String(index).padStart(4, '0')}`;
            const { json } = await call(`${sandbox.baseUrl}/relais/v1/handsets`, {
              token: sandbox.admin.token,
              json: { waId, name: `Customer ${index}` },
            });
            // Opens the customer service window.
            const to = sandbox.graph.displayPhoneNumber.replaceAll(/\D/g, '');
            const wrote = await call(`${sandbox.baseUrl}/handset/v1/messages`, {
              token: json.token,
              json: { to, type: 'text', text: { body: 'Hello' } },
            });
            if (wrote.status !== 200) throw new Error(`the customer could not write: ${wrote.text}`);
            return { waId, token: json.token, hasSocket: index % 6 !== 5 };
          }),
        )),
      );
    }
    const fleet = new HandsetFleet(() => `${under.node.baseUrl.replace('http', 'ws')}/handset/v1/socket`, people);
    await fleet.open();
    return new FaultyNode(under, catcher, people, fleet);
  }

  sendUrl(door: string = this.sandbox.baseUrl): string {
    return `${door}/${this.sandbox.graph.version}/${this.sandbox.graph.phoneNumberId}/messages`;
  }

  /** A token of the On-Premises door. */
  async onPremToken(): Promise<string> {
    const { baseUrl, onPrem } = this.sandbox;
    const { status, json, text } = await call(`${baseUrl}/v1/users/login`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${onPrem.username}:${onPrem.password}`).toString('base64')}` },
    });
    if (status !== 200) throw new Error(`not logged in: ${text}`);
    return json.users[0].token as string;
  }

  /** Asks the database directly; it may have moved to another port with a restart. */
  async rows<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { postgres } = this.node;
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** One number of an app's own metrics, by the line that starts with `name`; summed over labels. */
  async metric(app: string, name: string): Promise<number> {
    const { text } = await call(`${this.node.apps[app]?.url}/metrics`);
    return text
      .split('\n')
      .filter((line) => line.startsWith(name) && !line.startsWith('#'))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async healed(withinMs = 30_000): Promise<void> {
    await eventually(
      'everything is published and dispatched',
      async () => {
        const [left] = await this.rows<{ outbox: number; dispatches: number }>(
          `SELECT (SELECT count(*) FROM core.outbox WHERE NOT published)::int AS outbox,
                  (SELECT count(*) FROM core.dispatches)::int AS dispatches`,
        );
        return left?.outbox === 0 && left.dispatches === 0 ? true : undefined;
      },
      withinMs,
    );
  }

  /** Lets go of what came to receivers and handsets so far, for whoever does not compare it: all of it lives in the test's own process. */
  forget(): void {
    this.catcher.caught.length = 0;
    this.fleet.forget();
  }

  async close(): Promise<void> {
    this.fleet.close();
    await this.catcher.close();
    await this.under.close();
  }
}
