import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HandsetCarrier, type HandsetNetwork } from '#carriers/handset';
import type { Carrier, CarrierEvents, CarrierNumber, CarrierSession, OutboundMessage, SendOutcome } from '#carriers/port';
import type { MessageId, MessageStatusChanged, OutboundBody } from '#domain';
import { CoreBed, ada, bank } from '../testing/core-bed.js';

const text = (body: string): OutboundBody => ({ type: 'text', text: body });

/** A network beyond the node that takes a message as often as it is sent, and whose answers may be cut off. */
class FarNetwork implements Carrier {
  readonly kind = 'handset';
  readonly capabilities = {
    ...new HandsetCarrier(undefined as unknown as HandsetNetwork).capabilities,
    batch: 1,
    idempotent: false,
  };
  /** What customers got, in order. */
  readonly arrived: string[] = [];
  answers: 'at-once' | 'never' | 'connection-lost' = 'at-once';
  events: CarrierEvents | undefined;

  async open(_number: CarrierNumber, events: CarrierEvents): Promise<CarrierSession> {
    this.events = events;
    return { send: (messages) => this.send(messages), close: () => Promise.resolve() };
  }

  private async send(messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]> {
    this.arrived.push(...messages.map(({ body }) => (body.type === 'text' ? body.text : body.type)));
    if (this.answers === 'connection-lost') throw new Error('the connection was lost');
    if (this.answers === 'never') return new Promise(() => undefined);
    return messages.map(() => ({ kind: 'sent' }));
  }
}

describe('a carrier that does not know a repeat from a new message', () => {
  let bed: CoreBed;
  let far: FarNetwork;
  let running: ReturnType<CoreBed['core']>[];

  beforeEach(async () => {
    bed = await CoreBed.open();
    far = new FarNetwork();
    running = [];
  });
  afterEach(async () => {
    for (const core of running) await core.stop();
    await bed.close();
  });

  const start = async (name: string) => {
    const core = bed.core(name, far);
    await core.start();
    return core;
  };
  const accept = async (core: ReturnType<CoreBed['core']>, ...texts: string[]): Promise<readonly MessageId[]> => {
    const from = { waId: ada, name: 'Ada' };
    const hallo = { id: bed.ids.next<MessageId>(), phoneNumberId: bank.phoneNumberId as never, from, at: bed.clock.now() };
    await core.inbound.recordAll([{ ...hallo, body: text('Hallo') as never }]);
    const items = texts.map((words) => bed.send(ada, text(words)));
    const { results } = await core.accept.accept(items, bed.deadline);
    expect(results.map(({ ok }) => ok)).toEqual(texts.map(() => true));
    return items.map(({ id }) => id);
  };
  const told = async (id: string): Promise<string[]> =>
    (await bed.events())
      .filter((event): event is MessageStatusChanged => event.type === 'message.status' && event.messageId === id)
      .map(({ status }) => status);
  const dispatches = async (): Promise<number> =>
    (await bed.rows<{ n: number }>('SELECT count(*)::int AS n FROM core.dispatches'))[0]?.n ?? 0;
  /** Its lease has run out, as that of a process which was killed. */
  const leaveForDead = async (): Promise<void> => {
    await bed.rows("UPDATE core.dispatches SET holder = 'core-dead'");
    await bed.rows(
      "INSERT INTO core.cores (instance, leased_until) VALUES ('core-dead', clock_timestamp() - interval '1 second')",
    );
  };

  it('is not asked again for a commit of which it was asked when its core died: all of that stays unknown', async () => {
    const dead = await start('core-first');
    far.answers = 'never';
    const [asked, waiting] = await accept(dead, 'asked', 'waiting');
    await bed.until(async () => far.arrived.length === 1, 'the carrier is asked');
    // The core never hears the answer; nothing of it runs on but the lease of its lanes, which is not in question here.
    await leaveForDead();
    far.answers = 'at-once';
    running.push(await start('core-heir'));
    await bed.until(async () => (await dispatches()) === 0, 'the heir has settled what was left');
    expect(far.arrived).toEqual(['asked']);
    expect(await told(asked as string)).toEqual(['unknown']);
    // Of one commit, and marked as one: whether the carrier had been asked for the second, the heir cannot tell.
    expect(await told(waiting as string)).toEqual(['unknown']);
  });

  it('is asked by the heir for what its core had not begun', async () => {
    const dead = await start('core-first');
    dead.lanes.handOver = () => Promise.resolve();
    const [id] = await accept(dead, 'not begun');
    await dead.stop();
    await leaveForDead();
    running.push(await start('core-heir'));
    await bed.until(async () => (await told(id as string)).length > 0, 'the heir sends it');
    expect(await told(id as string)).toEqual(['sent']);
    expect(far.arrived).toEqual(['not begun']);
  });

  it('leaves a message unknown when the connection is lost, and moves it on when it tells of it later', async () => {
    const core = await start('core-first');
    running.push(core);
    far.answers = 'connection-lost';
    const [id] = await accept(core, 'cut off');
    await bed.until(async () => (await told(id as string)).length > 0, 'it is shown as unknown');
    expect(await told(id as string)).toEqual(['unknown']);
    expect(far.arrived).toEqual(['cut off']);
    await far.events?.receipts([{ messageId: id as MessageId, status: 'delivered', at: bed.clock.now() }]);
    await bed.until(async () => (await told(id as string)).includes('delivered'), 'it is delivered after all');
    expect(await told(id as string)).toEqual(['unknown', 'sent', 'delivered']);
    expect(await dispatches()).toBe(0);
  });
});
