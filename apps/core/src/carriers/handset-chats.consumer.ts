import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Stop } from '#bus';
import { type Caller, type ChatFacts, openChat, readChat } from '#contracts';
import { factoryFeatures, IdSequence, type MessageId, ok, readWaId, refuse, type Result } from '#domain';
import { Clock } from '#runtime';
import { Answers } from '../access/answers.js';
import { Directory, type NumberFacts } from '../access/directory.js';
import { NumberFeatures } from '../numbers/number-features.js';
import { RecordInbound } from '../receiving/record-inbound.js';
import { type Handset, Handsets } from '../store/handsets.store.js';
import { NumbersStore } from '../store/numbers.store.js';
import { Threads } from '../store/threads.store.js';

interface Chat {
  readonly handset: Handset;
  readonly number: NumberFacts;
  readonly facts: ChatFacts;
}

/** A chat with a business as its customer's handset shows it, before and when it is opened. */
@Injectable()
export class HandsetChatsConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly directory: Directory,
    private readonly handsets: Handsets,
    private readonly numbers: NumbersStore,
    private readonly features: NumberFeatures,
    private readonly threads: Threads,
    private readonly inbound: RecordInbound,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.stops = [
      this.answers.serveAnybody(readChat, async ({ caller, number }) => {
        const chat = await this.find(caller, number);
        return chat.ok ? ok(chat.value.facts) : chat;
      }),
      this.answers.serveAnybody(openChat, async ({ caller, number }) => {
        const chat = await this.find(caller, number);
        return chat.ok ? ok({ ...chat.value.facts, isGreeted: await this.greet(chat.value) }) : chat;
      }),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }

  private async find(caller: Caller, digits: string): Promise<Result<Chat>> {
    if (caller.tokenHash === undefined) return refuse('token-missing', "The handset's token is required");
    const handset = (await this.handsets.byTokens([caller.tokenHash])).get(caller.tokenHash);
    if (!handset) return refuse('token-invalid', 'No handset has this token');
    const phoneNumberId = await this.handsets.numberWith(readWaId(digits) ?? digits);
    const number = phoneNumberId && (await this.directory.numbers([phoneNumberId])).get(phoneNumberId);
    const row = number && (await this.numbers.find(number.businessId, number.id));
    if (!number || !row) return refuse('object-not-found', 'No registered business number has these digits');
    const of = async <F extends 'profile' | 'automation'>(feature: F) =>
      (await this.features.ofNumbers(number.businessId, [number.id], feature)).get(number.id)?.value ?? factoryFeatures[feature];
    return ok({
      handset,
      number,
      facts: {
        number: number.number,
        displayNumber: number.displayNumber,
        verifiedName: row.verifiedName,
        profile: await of('profile'),
        automation: await of('automation'),
      },
    });
  }

  /** Whether the business hears of it: one that greets, and only of a customer whom it has never met. */
  private async greet({ facts, handset, number }: Chat): Promise<boolean> {
    if (!facts.automation.enableWelcomeMessage) return false;
    if (await this.threads.isKnown(number.businessId, number.id, handset.waId)) return false;
    const [recorded] = await this.inbound.recordAll([
      {
        id: this.ids.next<MessageId>(),
        phoneNumberId: number.id,
        from: { waId: handset.waId, name: handset.name },
        body: { type: 'request_welcome' },
        at: this.clock.now(),
      },
    ]);
    return recorded === true;
  }
}
