import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createApp,
  createBusiness,
  createOnPremAdmin,
  createOperatorToken,
  createSystemUserToken,
  debugToken,
  login,
  logout,
  readWaba,
  revokeToken,
  whoAmI,
} from '#contracts';
import { allScopes, DAY, SECOND } from '#domain';
import { AssetBed, bootstrapToken, codeOf, type Tenant, valueOf } from './testing/asset-bed.js';
import { appToken, hashToken } from './tokens.js';

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
});

afterAll(() => bed.close());

function logIn(username: string, password: string, newPassword?: string) {
  return bed.ask(login, { username, password, newPassword }, undefined, 'on-prem');
}

describe('tokens', () => {
  it('are asked for', async () => {
    expect(codeOf(await bed.ask(whoAmI, {}, undefined, 'graph'))).toBe('token-missing');
    expect(codeOf(await bed.ask(whoAmI, {}, 'never-made', 'graph'))).toBe('token-invalid');
  });

  it('speak for a business, its app and its permissions', async () => {
    expect(valueOf(await bed.graph(whoAmI, {}, bank.token))).toMatchObject({
      kind: 'system-user',
      businessId: bank.businessId,
      appId: bank.appId,
      wabas: 'all',
    });
    expect(valueOf(await bed.graph(whoAmI, {}, appToken(bank.appId, bank.appSecret)))).toMatchObject({
      kind: 'app',
      businessId: bank.businessId,
      appId: bank.appId,
    });
  });

  it('open their own door only', async () => {
    expect(codeOf(await bed.ask(whoAmI, {}, bank.token, 'admin'))).toBe('token-invalid');
    expect(codeOf(await bed.ask(whoAmI, {}, bootstrapToken, 'graph'))).toBe('token-invalid');
    expect(codeOf(await bed.ask(whoAmI, {}, bank.token, 'on-prem'))).toBe('token-invalid');
  });

  it('are kept only as hashes', async () => {
    const [row] = await bed.rows<{ dump: string }>(`SELECT string_agg(t::text, '') AS dump FROM core.tokens t`);
    expect(row?.dump).not.toContain(bank.token.slice(5));
    const [app] = await bed.rows<{ secret: Buffer }>('SELECT secret FROM core.apps WHERE id = $1', [bank.appId]);
    expect(app?.secret.toString('utf8')).not.toContain(bank.appSecret);
  });

  it('expire by the clock', async () => {
    const { token } = await bed.operate(createSystemUserToken, {
      businessId: bank.businessId,
      name: 'short',
      permissions: ['whatsapp_business_management'],
      wabas: 'all',
      expiresInSeconds: 60,
    });
    expect((await bed.graph(whoAmI, {}, token)).ok).toBe(true);
    await bed.advance(60 * SECOND);
    expect(codeOf(await bed.graph(whoAmI, {}, token))).toBe('token-expired');
    expect((await bed.graph(whoAmI, {}, bank.token)).ok).toBe(true);
  });

  it('are refused from the moment that revoking was answered', async () => {
    for (let round = 0; round < 5; round++) {
      const { token, tokenId } = await bed.operate(createSystemUserToken, {
        businessId: bank.businessId,
        name: 'to be revoked',
        permissions: ['whatsapp_business_management'],
        wabas: 'all',
      });
      expect((await bed.graph(whoAmI, {}, token)).ok).toBe(true);
      await bed.operate(revokeToken, { tokenId });
      expect(codeOf(await bed.graph(whoAmI, {}, token))).toBe('token-invalid');
    }
  });

  it('reach only the WABAs and permissions they were given', async () => {
    const { token } = await bed.operate(createSystemUserToken, {
      businessId: bank.businessId,
      name: 'messaging only',
      permissions: ['whatsapp_business_messaging'],
      wabas: [bank.wabaId],
    });
    expect(codeOf(await bed.graph(readWaba, { wabaId: bank.wabaId }, token))).toBe('permission-denied');
    const elsewhere = await bed.operate(createSystemUserToken, {
      businessId: bank.businessId,
      name: 'no WABA',
      permissions: ['whatsapp_business_management'],
      wabas: [],
    });
    expect(codeOf(await bed.graph(readWaba, { wabaId: bank.wabaId }, elsewhere.token))).toBe('permission-denied');
  });

  it('cannot be made with what belongs to another business', async () => {
    const base = { businessId: bank.businessId, name: 'x', permissions: ['business_management'] as const };
    const withApp = { ...base, wabas: 'all' as const, appId: clinic.appId };
    expect(codeOf(await bed.ask(createSystemUserToken, withApp, bootstrapToken, 'admin'))).toBe('object-not-found');
    const withWaba = { ...base, wabas: [clinic.wabaId] };
    expect(codeOf(await bed.ask(createSystemUserToken, withWaba, bootstrapToken, 'admin'))).toBe('object-not-found');
    expect(codeOf(await bed.ask(createApp, { businessId: '1', name: 'x' }, bootstrapToken, 'admin'))).toBe('object-not-found');
  });
});

describe('another business', () => {
  it('is answered as one that does not exist', async () => {
    expect(codeOf(await bed.graph(readWaba, { wabaId: bank.wabaId }, clinic.token))).toBe('object-not-found');
    expect(codeOf(await bed.graph(readWaba, { wabaId: '999' }, clinic.token))).toBe('object-not-found');
    expect(codeOf(await bed.graph(readWaba, { wabaId: "1'; --" }, clinic.token))).toBe('object-not-found');
  });

  it('is out of reach of a business’s own administrator', async () => {
    const { token } = await bed.operate(createOperatorToken, {
      name: 'of the bank',
      businessId: bank.businessId,
      scopes: allScopes,
    });
    const ask = (businessId: string) => bed.ask(createApp, { businessId, name: 'x' }, token, 'admin');
    expect((await ask(bank.businessId)).ok).toBe(true);
    expect(codeOf(await ask(clinic.businessId))).toBe('object-not-found');
    expect(codeOf(await bed.ask(createBusiness, { name: 'x' }, token, 'admin'))).toBe('permission-denied');
    const [clinicToken] = await bed.rows<{ id: string }>('SELECT id FROM core.tokens WHERE business_id = $1', [
      clinic.businessId,
    ]);
    expect(codeOf(await bed.ask(revokeToken, { tokenId: clinicToken?.id ?? '' }, token, 'admin'))).toBe('object-not-found');
    expect((await bed.graph(whoAmI, {}, clinic.token)).ok).toBe(true);
  });
});

describe('operators', () => {
  it('cannot give scopes that they do not have', async () => {
    const { token } = await bed.operate(createOperatorToken, {
      name: 'small',
      businessId: bank.businessId,
      scopes: ['operators:write'],
    });
    const question = { name: 'large', businessId: bank.businessId, scopes: ['businesses:write'] as const };
    expect(codeOf(await bed.ask(createOperatorToken, question, token, 'admin'))).toBe('permission-denied');
  });
});

describe('debug_token', () => {
  const debug = (input: string, token: string) =>
    bed.graph(debugToken, { inputTokenHash: hashToken(input).toString('base64url') }, token);

  it('tells an app and its business what a token may', async () => {
    const facts = { valid: true, kind: 'system-user', appId: bank.appId, wabas: 'all' };
    expect(valueOf(await debug(bank.token, appToken(bank.appId, bank.appSecret)))).toMatchObject(facts);
    expect(valueOf(await debug(bank.token, bank.token))).toMatchObject(facts);
  });

  it('says how a token has ended, to whoever may know', async () => {
    const wanted = { businessId: bank.businessId, name: 'short', permissions: ['business_management'], wabas: 'all' } as const;
    const short = await bed.operate(createSystemUserToken, { ...wanted, expiresInSeconds: 60 });
    const revoked = await bed.operate(createSystemUserToken, wanted);
    await bed.operate(revokeToken, { tokenId: revoked.tokenId });
    await bed.advance(60 * SECOND);
    expect(valueOf(await debug(short.token, bank.token))).toMatchObject({
      valid: false,
      ended: 'expired',
      userId: short.tokenId,
    });
    expect(valueOf(await debug(revoked.token, bank.token))).toMatchObject({ valid: false, ended: 'revoked' });
    expect(valueOf(await debug(short.token, clinic.token))).toEqual({ valid: false });
  });

  it('tells another business nothing', async () => {
    expect(valueOf(await debug(bank.token, clinic.token))).toEqual({ valid: false });
    expect(valueOf(await debug('never-made', clinic.token))).toEqual({ valid: false });
    expect(valueOf(await debug(bootstrapToken, clinic.token))).toEqual({ valid: false });
  });
});

describe('On-Premises logins', () => {
  it('begin with a one-time password that must be changed to a strong one', async () => {
    const phoneNumberId = await bed.number(bank);
    const { oneTimePassword } = await bed.operate(createOnPremAdmin, { phoneNumberId, username: 'first-admin' });
    expect(codeOf(await logIn('first-admin', oneTimePassword))).toBe('password-change-required');
    expect(codeOf(await logIn('first-admin', oneTimePassword, 'weak'))).toBe('password-too-weak');
    expect(codeOf(await logIn('first-admin', 'wrong', 'A-good-passw0rd'))).toBe('credentials-invalid');
    const { token, expiresAt } = valueOf(await logIn('first-admin', oneTimePassword, 'A-good-passw0rd'));
    expect(expiresAt - bed.clock.now()).toBeGreaterThan(7 * DAY - 5 * SECOND);
    expect(valueOf(await bed.onPrem(whoAmI, {}, token))).toMatchObject({ kind: 'on-prem-user', phoneNumberId, role: 'admin' });
    expect(codeOf(await logIn('first-admin', oneTimePassword))).toBe('credentials-invalid');
    expect((await logIn('first-admin', 'A-good-passw0rd')).ok).toBe(true);
  });

  it('end one by one', async () => {
    const first = await bed.admin(await bed.number(bank), 'logs-out');
    const second = valueOf(await logIn('logs-out', 'A-good-passw0rd')).token;
    valueOf(await bed.onPrem(logout, {}, first));
    expect(codeOf(await bed.onPrem(whoAmI, {}, first))).toBe('token-invalid');
    expect((await bed.onPrem(whoAmI, {}, second)).ok).toBe(true);
  });

  it('last seven days', async () => {
    const token = await bed.admin(await bed.number(bank), 'week-long');
    await bed.advance(7 * DAY);
    expect(codeOf(await bed.onPrem(whoAmI, {}, token))).toBe('token-expired');
  });

  it('are slowed down after five failures, for names that nobody has as well', async () => {
    await bed.admin(await bed.number(bank), 'guessed-at');
    for (const username of ['guessed-at', 'nobody-at-all']) {
      for (let guess = 0; guess < 5; guess++) expect(codeOf(await logIn(username, 'wrong'))).toBe('credentials-invalid');
      const sixth = await logIn(username, 'A-good-passw0rd');
      expect(sixth).toMatchObject({ ok: false, failure: { code: 'login-throttled', retryAfterSeconds: 1 } });
    }
    await bed.advance(SECOND);
    expect((await logIn('guessed-at', 'A-good-passw0rd')).ok).toBe(true);
    expect(codeOf(await logIn('guessed-at', 'wrong'))).toBe('credentials-invalid');
    expect((await logIn('guessed-at', 'A-good-passw0rd')).ok).toBe(true);
  });

  it('that are right may come many at once', async () => {
    await bed.admin(await bed.number(bank), 'many-at-once');
    const answers = await Promise.all(Array.from({ length: 12 }, () => logIn('many-at-once', 'A-good-passw0rd')));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(12);
  });

  it('are for names that are unique, and handed out anew while unused', async () => {
    const [first, second] = [await bed.number(bank), await bed.number(clinic)];
    const ask = (phoneNumberId: string, username: string) =>
      bed.ask(createOnPremAdmin, { phoneNumberId, username }, bootstrapToken, 'admin');
    const before = valueOf(await ask(first, 'taken'));
    expect(codeOf(await ask(second, 'taken'))).toBe('object-exists');
    const after = valueOf(await ask(first, 'taken'));
    expect(codeOf(await logIn('taken', before.oneTimePassword, 'A-good-passw0rd'))).toBe('credentials-invalid');
    expect((await logIn('taken', after.oneTimePassword, 'A-good-passw0rd')).ok).toBe(true);
    expect(codeOf(await ask(first, 'taken'))).toBe('object-exists');
    expect(codeOf(await ask(first, 'a:b'))).toBe('invalid-parameter');
    const racing = await Promise.all([ask(first, 'raced-for'), ask(second, 'raced-for')]);
    expect(racing.map((answer) => (answer.ok ? 'ok' : answer.failure.code)).toSorted()).toEqual(['object-exists', 'ok']);
  });
});

describe('every change', () => {
  it('leaves an audit row under a link of its business', async () => {
    const rows = await bed.rows<{ action: string; business_id: string; chain_sequence: string }>(
      `SELECT action, business_id, chain_sequence FROM core.audit WHERE object = $1`,
      [`app/${bank.appId}`],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ action: 'app.created', business_id: bank.businessId });
    const links = await bed.rows('SELECT 1 FROM core.chain_links WHERE business_id = $1 AND chain = $2 AND sequence = $3', [
      bank.businessId,
      'audit',
      rows[0]?.chain_sequence,
    ]);
    expect(links).toHaveLength(1);
  });
});

// Last: it ends the bootstrap token that the others use.
describe('the bootstrap token', () => {
  it('works only while the node has no operator', async () => {
    expect((await bed.ask(whoAmI, {}, bootstrapToken, 'admin')).ok).toBe(true);
    const { token, tokenId } = await bed.operatorToken();
    expect(codeOf(await bed.ask(whoAmI, {}, bootstrapToken, 'admin'))).toBe('token-invalid');
    expect((await bed.ask(whoAmI, {}, token, 'admin')).ok).toBe(true);
    expect((await bed.ask(revokeToken, { tokenId }, token, 'admin')).ok).toBe(true);
    expect((await bed.ask(whoAmI, {}, bootstrapToken, 'admin')).ok).toBe(true);
  });
});
