// Furnishes a new node so that the first message can be sent at once: two businesses, their numbers, tokens and templates, three
// customers, a webhook receiver. Everything goes through the public API, by the calls that a person would make.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiRefused, apiClient } from './sandbox-client.mjs';
import { Journal } from './sandbox-journal.mjs';
import { randomPassword, randomPin, randomWord } from './secrets.mjs';
import { Trouble } from './trouble.mjs';
import { tellReceiver } from './webhook-receiver-process.mjs';

const VERSION = 'v23.0';
const CODE_WITHIN_MS = 20_000;
const PERMISSIONS = ['whatsapp_business_messaging', 'whatsapp_business_management', 'business_management'];
const SCOPES = [
  'settings:read',
  'settings:write',
  'businesses:write',
  'templates:review',
  'consents:write',
  'billing:read',
  'handsets:write',
  'operators:write',
  'sandbox:clock',
];

/** The numbers are of the ranges that the German regulator keeps free for films. */
const BUSINESSES = [
  { key: 'first', name: 'Relais Sandbox Bank', countryCode: '49', number: '3023125000' },
  { key: 'other', name: 'Relais Sandbox Clinic', countryCode: '49', number: '3023125001' },
];
const CUSTOMERS = [
  { waId: '491713920001', name: 'Ada' },
  { waId: '491713920002', name: 'Blaise' },
  { waId: '491713920003', name: 'Chaim' },
];

/**
 * The sandbox lies on this machine, where nothing has a certificate: the same settings that an operator would use in production
 * open plain http and loopback for it.
 */
const OPEN_OUTBOUND = { allowHttp: true, allowLoopback: true, allowAnyPort: true };

const HELLO_WORLD = {
  name: 'hello_world',
  language: 'en_US',
  category: 'UTILITY',
  components: [
    { type: 'HEADER', format: 'TEXT', text: 'Hello World' },
    { type: 'BODY', text: 'Welcome! This message shows that your node can send to a customer. Thank you for trying it.' },
    { type: 'FOOTER', text: 'Sent from the Relais sandbox' },
  ],
};

/**
 * Creates the sandbox when it is new, lets the customers write, and writes `sandbox.json`, last.
 * @returns {Promise<object>} what was written
 */
export async function openSandbox({ node, screen, signal }) {
  const { paths, baseUrl } = node;
  rmSync(paths.sandboxFile, { force: true });
  const journal = new Journal(paths);
  const call = apiClient(baseUrl, signal);
  try {
    if (!journal.isComplete) {
      await screen.step('furnishing the sandbox', (note) => furnish({ node, journal, call, signal, note }));
    }
    await subscribeReceiver({ node, journal, call });
    await screen.step('the customers write', () => customersWrite(journal, call));
  } catch (error) {
    throw error instanceof ApiRefused ? new Trouble(`${error.message}\n${advice(error, paths, node)}`) : error;
  }
  const sandbox = describe(node, journal);
  const draft = `${paths.sandboxFile}.tmp`;
  writeFileSync(draft, `${JSON.stringify(sandbox, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, paths.sandboxFile);
  return sandbox;
}

function advice({ status }, paths, node) {
  const foreign = status === 401 && node.postgres.external;
  return foreign
    ? `The database at DATABASE_URL does not hold the sandbox of ${paths.home}: give it an empty database, and begin anew with npm start -- --fresh`
    : `The apps' logs lie in ${paths.log}. npm start -- --fresh begins anew.`;
}

async function furnish({ node, journal, call, signal, note }) {
  const bearer = node.bootstrapToken;
  await journal.once('settings', () =>
    call('PATCH', '/relais/v1/settings', { bearer, body: { webhooks: OPEN_OUTBOUND, media: OPEN_OUTBOUND } }),
  );
  const verifyToken = await journal.once('verifyToken', () => randomWord(24));
  for (const business of BUSINESSES) {
    note(business.name);
    await found(business, { journal, call, bearer });
    await registerNumber(business, { journal, call, bearer, signal });
    await approveTemplate(business, { journal, call, bearer });
  }
  tellReceiver(node.paths, { verifyToken, appSecrets: BUSINESSES.map(({ key }) => journal.read(`${key}.app`).secret) });
  note('On-Premises admin');
  await makeAdmin({ journal, call, bearer });
  note('customers');
  await makeCustomers({ journal, call, bearer });
  note('');
  await journal.once('operator', () =>
    call('POST', '/relais/v1/operators', { bearer, body: { name: 'Sandbox', scopes: SCOPES } }),
  );
  journal.note('complete', true);
}

async function found({ key, name }, { journal, call, bearer }) {
  const business = await journal.once(`${key}.business`, () => call('POST', '/relais/v1/businesses', { bearer, body: { name } }));
  const below = `/relais/v1/businesses/${business.id}`;
  await journal.once(`${key}.waba`, () => call('POST', `${below}/wabas`, { bearer, body: { name, optInPolicy: 'refuse' } }));
  const app = await journal.once(`${key}.app`, () => call('POST', `${below}/apps`, { bearer, body: { name: `${name} CRM` } }));
  await journal.once(`${key}.token`, () =>
    call('POST', `${below}/tokens`, {
      bearer,
      // No expiry: sandbox credentials outlive every move of the clock.
      body: { name: 'Sandbox system user', appId: app.id, permissions: PERMISSIONS, wabas: 'all' },
    }),
  );
}

/** The steps that every number takes: add, ask for a code, read it from the number's own handset, verify, register with a PIN. */
async function registerNumber({ key, name, countryCode, number }, { journal, call, bearer, signal }) {
  const token = journal.read(`${key}.token`).token;
  const waba = journal.read(`${key}.waba`);
  const sim = await journal.once(`${key}.sim`, () =>
    call('POST', '/relais/v1/handsets', { bearer, body: { waId: countryCode + number, name: `SIM of ${name}` } }),
  );
  const added = await journal.once(`${key}.number`, () =>
    call('POST', `/${VERSION}/${waba.id}/phone_numbers`, {
      bearer: token,
      body: { cc: countryCode, phone_number: number, verified_name: name },
    }),
  );
  await journal.once(`${key}.verified`, async () => {
    const earlier = await codes(call, sim.token);
    await call('POST', `/${VERSION}/${added.id}/request_code`, {
      bearer: token,
      body: { code_method: 'SMS', language: 'en_US' },
    });
    const code = await newCode(call, sim.token, earlier, signal);
    await call('POST', `/${VERSION}/${added.id}/verify_code`, { bearer: token, body: { code } });
  });
  const pin = await journal.once(`${key}.pin`, randomPin);
  await journal.once(`${key}.registered`, () =>
    call('POST', `/${VERSION}/${added.id}/register`, { bearer: token, body: { messaging_product: 'whatsapp', pin } }),
  );
  await journal.once(`${key}.display`, () =>
    call('GET', `/${VERSION}/${added.id}?fields=id,display_phone_number,verified_name`, { bearer: token }),
  );
}

/** The codes that have reached a handset, by message id. */
async function codes(call, bearer) {
  const { messages } = await call('GET', '/handset/v1/messages', { bearer });
  return new Map(
    messages.flatMap(({ id, text }) => {
      const code = /\b(\d{3})-?(\d{3})\b/.exec(text?.body ?? '');
      return code ? [[id, code[1] + code[2]]] : [];
    }),
  );
}

async function newCode(call, bearer, earlier, signal) {
  const deadline = performance.now() + CODE_WITHIN_MS;
  for (;;) {
    const fresh = [...(await codes(call, bearer))].filter(([id]) => !earlier.has(id));
    if (fresh.length > 0) return fresh.at(-1)[1];
    if (performance.now() > deadline)
      throw new Trouble('The verification code did not reach the handset of the business number.');
    await sleep(100, undefined, { signal });
  }
}

async function approveTemplate({ key }, { journal, call, bearer }) {
  const token = journal.read(`${key}.token`).token;
  const template = await journal.once(`${key}.template`, () =>
    call('POST', `/${VERSION}/${journal.read(`${key}.waba`).id}/message_templates`, { bearer: token, body: HELLO_WORLD }),
  );
  await journal.once(`${key}.approved`, () =>
    call('POST', `/relais/v1/templates/${template.id}/review`, { bearer, body: { decision: 'APPROVE' } }),
  );
}

/** The first login must change the one-time password, as on the platform. */
async function makeAdmin({ journal, call, bearer }) {
  const number = journal.read('first.number');
  const user = await journal.once('admin.user', () =>
    call('POST', `/relais/v1/phone-numbers/${number.id}/on-prem-users`, { bearer, body: { username: 'admin' } }),
  );
  const password = await journal.once('admin.password', randomPassword);
  await journal.once('admin.changed', async () => {
    await call('POST', '/v1/users/login', { basic: `admin:${user.oneTimePassword}`, body: { new_password: password } });
  });
}

async function makeCustomers({ journal, call, bearer }) {
  const business = journal.read('first.business');
  for (const customer of CUSTOMERS) {
    await journal.once(`customer.${customer.waId}`, () => call('POST', '/relais/v1/handsets', { bearer, body: customer }));
  }
  const lines = CUSTOMERS.map(({ waId }) => ({ waId, state: 'opted-in', source: 'sandbox', purpose: 'trying the sandbox' }));
  await journal.once('opt-ins', () => call('POST', `/relais/v1/businesses/${business.id}/opt-ins`, { bearer, body: { lines } }));
}

/** Subscribes the receiver at both doors; again when it had to move to another port. */
async function subscribeReceiver({ node, journal, call }) {
  const { url } = node.receiver;
  if (journal.read('receiver') === url) return;
  const app = journal.read('first.app');
  await call('POST', `/${VERSION}/${app.id}/subscriptions`, {
    bearer: `${app.id}|${app.secret}`,
    body: {
      object: 'whatsapp_business_account',
      callback_url: `${url}/graph`,
      verify_token: journal.read('verifyToken'),
      fields: ['messages', 'message_template_status_update'],
    },
  });
  await call('POST', `/${VERSION}/${journal.read('first.waba').id}/subscribed_apps`, {
    bearer: journal.read('first.token').token,
  });
  const login = await call('POST', '/v1/users/login', { basic: `admin:${journal.read('admin.password')}` });
  await call('PATCH', '/v1/settings/application', {
    bearer: login.users[0].token,
    body: { webhooks: { url: `${url}/on-prem` }, sent_status: true },
  });
  journal.note('receiver', url);
}

/** A customer's message opens the service window: at every start again, so that free-form messages can be sent at once. */
async function customersWrite(journal, call) {
  const [{ countryCode, number }] = BUSINESSES;
  await Promise.all(
    CUSTOMERS.map(({ waId }) =>
      call('POST', '/handset/v1/messages', {
        bearer: journal.read(`customer.${waId}`).token,
        body: { to: countryCode + number, type: 'text', text: { body: 'Hello' } },
      }),
    ),
  );
}

function describe(node, journal) {
  const read = (name) => journal.read(name);
  const { baseUrl } = node;
  return {
    baseUrl,
    graph: {
      version: VERSION,
      accessToken: read('first.token').token,
      appId: read('first.app').id,
      appSecret: read('first.app').secret,
      verifyToken: read('verifyToken'),
      businessId: read('first.business').id,
      wabaId: read('first.waba').id,
      phoneNumberId: read('first.number').id,
      displayPhoneNumber: read('first.display').display_phone_number,
    },
    other: {
      accessToken: read('other.token').token,
      businessId: read('other.business').id,
      wabaId: read('other.waba').id,
      phoneNumberId: read('other.number').id,
    },
    onPrem: { username: 'admin', password: read('admin.password') },
    admin: { token: read('operator').token },
    handsets: CUSTOMERS.map(({ waId, name }) => ({ waId, name, token: read(`customer.${waId}`).token })),
    webhookReceiver: { url: node.receiver.url, eventsUrl: `${node.receiver.url}/events` },
    docsUrl: `${baseUrl}/docs`,
    metricsUrl: `${node.apps['quality-metrics'].url}/metrics`,
    databaseUrl: node.postgres.url,
    natsUrl: node.nats.url,
  };
}
