import type { Sandbox } from '../../deploy/local/node.mjs';
import { type Answer, call, eventually } from './the-node.js';
import { type SampleMedia, blobOf, sampleMedia } from './sample-media.js';

export interface Customer {
  readonly waId: string;
  readonly token: string;
}

/** An app of the sandbox's first business, and a token of its own. */
export interface ClientApp {
  readonly appId: string;
  readonly appSecret: string;
  readonly accessToken: string;
}

/** What a client of the Cloud API has around it: customers that read and answer, numbers that can be registered, apps, files. */
export class ClientBench {
  private made = 0;

  constructor(readonly sandbox: Sandbox) {}

  get graph(): string {
    return `${this.sandbox.baseUrl}/${this.sandbox.graph.version}`;
  }

  get phoneNumberId(): string {
    return this.sandbox.graph.phoneNumberId;
  }

  get token(): string {
    return this.sandbox.graph.accessToken;
  }

  get ada(): Customer {
    return this.sandbox.handsets[0]!;
  }

  get ben(): Customer {
    return this.sandbox.handsets[1]!;
  }

  /** A number that this bench has not given yet. */
  serial(): number {
    return this.made++;
  }

  /** What the customer's handset shows of a message, as soon as it does. */
  arrives(id: string, customer = this.ada): Promise<any> {
    return eventually(`${id} arrives`, async () =>
      (await this.handset('messages', customer)).json.messages.find((one: any) => one.id === id),
    );
  }

  /** A customer writes to the first business; answers the id of the message. */
  async writes(json: object = { type: 'text', text: { body: 'Guten Tag' } }, customer = this.ada): Promise<string> {
    return (await this.handset('messages', customer, json)).json.messages[0].id;
  }

  /** The first business's number as customers dial it, in digits. */
  get businessNumber(): string {
    return this.sandbox.graph.displayPhoneNumber.replaceAll(/\D/g, '');
  }

  async newCustomer(waId: string, name: string): Promise<Customer> {
    return { waId, token: (await this.admin('handsets', { waId, name })).token };
  }

  /** A SIM card that has never been anybody's: its handset and its number without the country code. */
  async newSim(): Promise<{ readonly national: string; readonly handset: Customer }> {
    // The numbers that the German regulator keeps free for films; the sandbox has the first two.
    const national = `30231252${String(this.serial()).padStart(2, '0')}`;
    return { national, handset: await this.newCustomer(`49${national}`, `SIM ${national}`) };
  }

  /** The code in the newest message on the handset of a SIM card. */
  async codeOn(handset: Customer, notThis?: string): Promise<string> {
    return eventually('a code arrives', async () => {
      const { messages } = (await this.handset('messages', handset)).json;
      const codes = messages.flatMap(
        ({ text }: any) =>
          /\b(\d{3})-?(\d{3})\b/
            .exec(text?.body ?? '')
            ?.slice(1)
            .join('') ?? [],
      );
      return codes.find((code: string) => code !== notThis);
    });
  }

  /** A number of the first business that is verified and registered. */
  async newNumber(): Promise<{ readonly id: string; readonly handset: Customer; readonly pin: string }> {
    const { national, handset } = await this.newSim();
    const ask = async (path: string, json: object): Promise<any> => {
      const answer = await call(`${this.graph}/${path}`, { token: this.token, json });
      if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
      return answer.json;
    };
    const added = { cc: '49', phone_number: national, verified_name: 'Bench' };
    const { id } = await ask(`${this.sandbox.graph.wabaId}/phone_numbers`, added);
    await ask(`${id}/request_code`, { code_method: 'SMS', language: 'en_US' });
    await ask(`${id}/verify_code`, { code: await this.codeOn(handset) });
    await ask(`${id}/register`, { messaging_product: 'whatsapp', pin: '150954' });
    return { id, handset, pin: '150954' };
  }

  async newApp(name: string): Promise<ClientApp> {
    const { businessId } = this.sandbox.graph;
    const app = await this.admin(`businesses/${businessId}/apps`, { name });
    const permissions = ['whatsapp_business_messaging', 'whatsapp_business_management', 'business_management'];
    const token = await this.admin(`businesses/${businessId}/tokens`, { name, appId: app.id, permissions, wabas: 'all' });
    return { appId: app.id, appSecret: app.secret, accessToken: token.token };
  }

  /** Tells an app's webhooks where to go, and its account to tell it. */
  async subscribe(app: ClientApp, callbackUrl: string, verifyToken: string): Promise<Answer> {
    const subscribed = await call(`${this.graph}/${app.appId}/subscriptions`, {
      token: `${app.appId}|${app.appSecret}`,
      json: {
        object: 'whatsapp_business_account',
        callback_url: callbackUrl,
        verify_token: verifyToken,
        fields: ['messages'],
      },
    });
    if (subscribed.status !== 200) return subscribed;
    return call(`${this.graph}/${this.sandbox.graph.wabaId}/subscribed_apps`, { method: 'POST', token: app.accessToken });
  }

  /** A file uploaded for a number; answers the id of the media. */
  async upload(kind: SampleMedia, phoneNumberId = this.phoneNumberId): Promise<string> {
    const { type, filename } = sampleMedia[kind];
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', type);
    form.set('file', blobOf(kind), filename);
    const answer = await call(`${this.graph}/${phoneNumberId}/media`, { token: this.token, body: form });
    if (answer.status !== 200) throw new Error(`upload of ${filename}: ${answer.text}`);
    return answer.json.id;
  }

  handset(path: string, { token }: Customer, json?: unknown): Promise<Answer> {
    return call(`${this.sandbox.baseUrl}/handset/v1/${path}`, { token, json });
  }

  async admin(path: string, json?: unknown, method?: 'PATCH'): Promise<any> {
    const url = `${this.sandbox.baseUrl}/relais/v1/${path}`;
    const answer = await call(url, { token: this.sandbox.admin.token, json, ...(method ? { method } : {}) });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return answer.json;
  }
}
