import { createHash, randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus } from '#bus';
import { HandsetNetwork } from '#carriers/handset';
import {
  type Caller,
  type HandsetNews,
  attachHandsets,
  createHandset,
  detachHandsets,
  handsetNews,
  handsetReceipts,
  handsetRollCall,
  listHandsetMessages,
  sendFromHandset,
  setPresence,
  socketReceipts,
  socketReceiptsTo,
} from '#contracts';
import { type HandsetId, type MessageId, type Principal, type Result, SECOND, ok, readWaId, refuse } from '#domain';
import { Clock, Log, ProcessConfig, monotonic, sleep } from '#runtime';
import { Answers } from '../access/answers.js';
import { requireScope } from '../access/authorize.js';
import { Directory } from '../access/directory.js';
import { Outbox } from '../outbox/outbox.js';
import { RecordReceipts } from '../receiving/record-receipts.js';
import { MessageContexts } from '../receiving/message-contexts.js';
import { HandsetMailboxes } from '../store/handset-mailboxes.store.js';
import { type Handset, Handsets } from '../store/handsets.store.js';
import { CarrierSessions } from './carrier-sessions.js';
import { HeldLanes } from './held-lanes.js';
import { SendFromHandset } from './send-from-handset.js';

const EXPIRY_SWEEP_MS = 30 * SECOND;
const EXPIRY_BATCH = 1_000;
const MAX_LIST = 1_000;
/** Another core hears of a socket a moment later than the one that was asked, and what it set aside in that moment is looked for. */
const SECOND_LOOK_MS = 1 * SECOND;
const LOOK_FOR_DEAD_MS = 1 * SECOND;
/** Longer than an instance may be silent and still live. */
const DEAD_AFTER_MS = 5 * SECOND;

type NewsOf<News> = News extends unknown ? Omit<News, 'core'> : never;

/** The customers' side of the handset network, as the api asks for it. */
@Injectable()
export class HandsetConsumer implements OnApplicationBootstrap {
  private stops: (() => Promise<void>)[] = [];
  private sweep: { cancel(): void } | undefined;
  private watch: NodeJS.Timeout | undefined;
  /** Api instances that hold sockets and are not heard of, and since when (monotonic). */
  private readonly silentSince = new Map<string, number>();
  private readonly givenUp = new Set<string>();

  constructor(
    private readonly bus: Bus,
    private readonly answers: Answers,
    private readonly directory: Directory,
    private readonly handsets: Handsets,
    private readonly mailboxes: HandsetMailboxes,
    private readonly network: HandsetNetwork,
    private readonly sessions: CarrierSessions,
    private readonly lanes: HeldLanes,
    private readonly outbox: Outbox,
    private readonly contexts: MessageContexts,
    private readonly receipts: RecordReceipts,
    private readonly sends: SendFromHandset,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly config: ProcessConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // Not only with the first session: after a restart, receipts may come before anything is sent.
    this.network.open(this.sessions.networkEvents());
    this.stops = [
      this.answers.serve(createHandset, (question, { principal }) => this.create(principal, question.waId, question.name)),
      this.answers.serveAnybody(listHandsetMessages, async (question) => {
        const handset = await this.handsetOf(question.caller);
        if (!handset.ok) return handset;
        const limit = Math.min(question.limit, MAX_LIST);
        return ok({ messages: await this.mailboxes.inbox(handset.value, limit, question.after) });
      }),
      this.answers.serveAnybody(sendFromHandset, async (question) => {
        const handset = await this.handsetOf(question.caller);
        return handset.ok ? this.sends.send(handset.value, question) : handset;
      }),
      this.answers.serveAnybody(handsetReceipts, async (question) => {
        const handset = await this.handsetOf(question.caller);
        if (!handset.ok) return handset;
        const { id: handsetId, waId } = handset.value;
        return ok({ recorded: await this.record(question.receipts.map((receipt) => ({ handsetId, waId, ...receipt }))) });
      }),
      this.answers.serveAnybody(setPresence, async (question) => {
        const handset = await this.handsetOf(question.caller);
        if (!handset.ok) return handset;
        await this.handsets.setOnline([handset.value.id], question.online);
        await this.network.setPresence(handset.value.id, question.online);
        this.tell({ kind: 'presence', handsetId: handset.value.id, online: question.online });
        this.lookAgain(async () => {
          const now = await this.handsetOf(question.caller);
          if (question.online && now.ok && now.value.online) await this.network.setPresence(now.value.id, true);
        });
        return ok(null);
      }),
      this.bus.serve(attachHandsets, async ({ instance, tokenHashes }) => {
        const known = await this.handsets.byTokens(tokenHashes);
        const ids = [...new Set([...known.values()].map((handset) => handset.id))];
        // While it has a socket, the socket is the device: when that is gone, messages wait.
        await this.handsets.setOnline(ids, false);
        this.tell({ kind: 'attached', instance, handsetIds: ids });
        await this.network.attach(instance, ids);
        return ok({
          handsets: tokenHashes.map((hash) => {
            const handset = known.get(hash);
            return handset ? { handsetId: handset.id, waId: handset.waId } : null;
          }),
        });
      }),
      ...[socketReceipts, socketReceiptsTo(this.bus.instance)].map((subject) =>
        this.bus.serve(subject, async ({ receipts, insteadOf }) => {
          // What that core had committed and not yet published comes before what is recorded now.
          if (insteadOf !== undefined) this.outbox.catchUp();
          await this.receive(await this.heard(receipts));
          return ok({ recorded: receipts.length });
        }),
      ),
      this.bus.subscribe(handsetNews, (news) => this.hear(news)),
      this.bus.subscribe(detachHandsets, ({ instance, handsetIds }) => {
        void this.network
          .detach(instance, handsetIds)
          .catch((error: unknown) => this.log.warn('handset.detach-failed', { instance, error }));
      }),
    ];
    this.lanes.onTaken(() => this.reclaim());
    this.bus.onDisconnected(() => {
      this.network.cutOff().catch((error: unknown) => this.log.warn('handset.cut-off-failed', { error }));
    });
    await this.reclaim();
    this.watch = setInterval(() => this.lookForDead(), LOOK_FOR_DEAD_MS);
    this.watch.unref();
    this.armSweep();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.sweep?.cancel();
    clearInterval(this.watch);
    await Promise.all(this.stops.map((stop) => stop()));
  }

  private async create(
    principal: Principal,
    input: string,
    name: string,
  ): Promise<Result<{ handsetId: HandsetId; waId: string; token: string }>> {
    const barred = requireScope(principal, 'handsets:write');
    if (barred) return { ok: false, failure: barred };
    const waId = readWaId(input);
    if (waId === undefined) return refuse('invalid-parameter', 'waId must be a telephone number', { field: 'waId' });
    const token = `rlh_${randomBytes(32).toString('base64url')}`;
    const id = await this.handsets.create(waId, name, createHash('sha256').update(token).digest());
    return id === undefined
      ? refuse('object-exists', 'This number has a handset already', { field: 'waId' })
      : ok({ handsetId: id, waId, token });
  }

  private async handsetOf(caller: Caller): Promise<Result<Handset>> {
    if (caller.tokenHash === undefined) return refuse('token-missing', "The handset's token is required");
    const handset = (await this.handsets.byTokens([caller.tokenHash])).get(caller.tokenHash);
    return handset ? ok(handset) : refuse('token-invalid', 'No handset has this token');
  }

  /** Only for messages that were sent to this handset; notices of the network are marked apart. */
  private async record(
    receipts: readonly {
      readonly handsetId: HandsetId;
      readonly waId: string;
      readonly id: MessageId;
      readonly status: 'delivered' | 'read' | 'played';
    }[],
  ): Promise<number> {
    const [first] = receipts;
    if (!first) return 0;
    const notices = await this.mailboxes.readNotices(
      first.handsetId,
      receipts.filter((receipt) => receipt.status === 'read').map((receipt) => receipt.id),
    );
    const messages = await this.contexts.of(receipts.map((receipt) => receipt.id));
    const own = await this.heard(receipts.filter(({ waId }, index) => messages[index]?.context.customer.waId === waId));
    await this.receive(own);
    return own.length + notices.size;
  }

  /** Only audio is played. */
  private async heard<R extends { readonly id: MessageId; readonly status: 'delivered' | 'read' | 'played' }>(
    receipts: readonly R[],
  ): Promise<readonly R[]> {
    if (!receipts.some(({ status }) => status === 'played')) return receipts;
    const played = receipts.filter(({ status }) => status === 'played');
    const messages = await this.contexts.of(played.map(({ id }) => id));
    const audio = new Set(played.filter((_, index) => messages[index]?.context.bodyType === 'audio'));
    return receipts.filter((receipt) => receipt.status !== 'played' || audio.has(receipt));
  }

  private async receive(
    receipts: readonly {
      readonly handsetId: HandsetId;
      readonly waId: string;
      readonly id: MessageId;
      readonly status: 'delivered' | 'read' | 'played';
    }[],
  ): Promise<void> {
    const foreign = await this.network.receipts(receipts);
    if (foreign.length > 0 && this.hasOthers()) {
      this.tell({ kind: 'confirmed', messages: foreign.map(({ handsetId, id }) => ({ handsetId, id })) });
    }
  }

  /** What a core that died had pushed and nobody confirmed waits again, and every api instance shows its sockets. */
  private async reclaim(): Promise<void> {
    await this.mailboxes.reclaimUnconfirmed();
    for (const id of await this.mailboxes.behind()) await this.network.setPresence(id, true);
    this.bus.publish(handsetRollCall, { core: this.config.instance });
  }

  private tell(news: NewsOf<HandsetNews>): void {
    // A core that is just starting is not known yet, and asks for all sockets itself.
    if (this.hasOthers()) this.bus.publish(handsetNews, { core: this.bus.instance, ...news });
  }

  private hasOthers(): boolean {
    return this.bus.alive().some(({ app, id }) => app === 'core' && id !== this.bus.instance);
  }

  private async hear(news: HandsetNews): Promise<void> {
    if (news.core === this.bus.instance) return;
    switch (news.kind) {
      case 'attached':
        this.handsets.knowOnline(news.handsetIds, false);
        return this.network.attach(news.instance, news.handsetIds);
      case 'presence':
        this.handsets.knowOnline([news.handsetId], news.online);
        return this.network.setPresence(news.handsetId, news.online);
      case 'confirmed':
        await this.network.confirmed(news.messages);
    }
  }

  private lookAgain(look: () => Promise<void>): void {
    void sleep(SECOND_LOOK_MS)
      .then(look)
      .catch((error: unknown) => this.log.warn('handset.second-look-failed', { error }));
  }

  /** A killed api instance says no goodbye: what was pushed to it and not confirmed must wait. */
  private lookForDead(): void {
    if (!this.bus.connected) return this.silentSince.clear();
    const alive = new Set(this.bus.alive().map(({ id }) => id));
    for (const instance of this.network.instances()) {
      if (alive.has(instance)) {
        this.silentSince.delete(instance);
        continue;
      }
      const since = this.silentSince.get(instance) ?? monotonic();
      this.silentSince.set(instance, since);
      if (monotonic() - since < DEAD_AFTER_MS) continue;
      this.silentSince.delete(instance);
      this.givenUp.add(instance);
      this.log.warn('handset.instance-gone', { instance });
      this.network.detachAll(instance).catch((error: unknown) => this.log.warn('handset.detach-failed', { instance, error }));
    }
    for (const instance of this.givenUp) {
      if (!alive.has(instance)) continue;
      // It was only silent, and holds its sockets still.
      this.givenUp.delete(instance);
      this.bus.publish(handsetRollCall, { core: this.config.instance });
    }
  }

  private armSweep(): void {
    this.sweep = this.clock.at(this.clock.now() + EXPIRY_SWEEP_MS, async () => {
      try {
        await this.expire();
      } catch (error) {
        this.log.warn('handset.expiry-failed', { error });
      }
      this.armSweep();
    });
  }

  private async expire(): Promise<void> {
    const now = this.clock.now();
    for (;;) {
      const due = await this.mailboxes.takeExpired(now, EXPIRY_BATCH);
      await this.receipts.recordAll(due.map(({ messageId }) => ({ messageId, status: 'expired', at: now })));
      if (due.length < EXPIRY_BATCH) return;
    }
  }
}
