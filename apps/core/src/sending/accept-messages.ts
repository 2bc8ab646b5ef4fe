import { Injectable } from '@nestjs/common';
import type { AcceptMessage, AcceptMessagesAnswer, AcceptedMessage } from '#contracts';
import { type Result, isId, namedMediaOf, refuse } from '#domain';
import { isDataError } from '#postgres';
import { Clock, Log, oneByOne } from '#runtime';
import { refusalOf } from '../access/answers.js';
import { Directory } from '../access/directory.js';
import { isSendableAs, notSendableAs } from '../media/media-types.js';
import { Settings } from '../node/settings.js';
import { IdempotencyKeys } from '../store/idempotency-keys.store.js';
import { AcceptsStore } from '../store/accepts.store.js';
import { CommitSends, repeated } from './commit-sends.js';
import { type AllowedSend, type Candidate, JudgeSends } from './judge-sends.js';

type Answer = Result<AcceptedMessage>;

/** Assets may change between the look-up and the batch's own read; this often a batch starts over before it gives up. */
const ATTEMPTS = 5;

/**
 * Accepts a batch of sends: who asks, from which number, to whom, may they; then one transaction that holds the messages,
 * their first status, the idempotency rows, the dispatch and the events. Only then is anybody answered.
 */
@Injectable()
export class AcceptMessages {
  private readonly tellRefused: (refused: {
    readonly messages: number;
    readonly failure: Result<never>;
    readonly error: unknown;
  }) => void;

  constructor(
    private readonly directory: Directory,
    private readonly judge: JudgeSends,
    private readonly commits: CommitSends,
    private readonly settings: Settings,
    private readonly accepts: AcceptsStore,
    private readonly idempotencyKeys: IdempotencyKeys,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.tellRefused = log.joinedWarnings('messages.refused', {
      by: ({ failure }) => (failure.ok ? '' : failure.failure.code),
      adds: ['messages'],
    });
  }

  async accept(items: readonly AcceptMessage[], deadline: number): Promise<AcceptMessagesAnswer> {
    const late = refuse('unavailable', 'The request was too old when it was looked at', { retryAfterSeconds: 1 });
    if (this.clock.real() > deadline) return { results: items.map(() => late) };
    try {
      const results = await oneByOne(
        items,
        (part) => this.acceptAll(part, deadline),
        isDataError,
        (item, error): Answer => {
          this.log.warn('message.unstorable', { messageId: item.id, requestId: item.caller.requestId, error });
          return refuse('invalid-parameter', 'The message holds a value that cannot be stored');
        },
      );
      return { results };
    } catch (error) {
      const refusal = refusalOf(error);
      this.tellRefused({ messages: items.length, failure: refusal, error });
      return { results: items.map(() => refusal) };
    }
  }

  private async acceptAll(items: readonly AcceptMessage[], deadline: number): Promise<Answer[]> {
    const answers: (Answer | undefined)[] = items.map(() => undefined);
    const settings = this.settings.current();
    let decided: (AllowedSend | undefined)[] = [];
    for (let attempt = 1; ; attempt++) {
      const epoch = this.directory.seenEpoch;
      const candidates = await this.judge.candidates(items, settings);
      const asked: Candidate[] = [];
      for (const candidate of candidates) if (candidate.ok) asked.push(candidate.value);
      const situation = await this.accepts.situation(asked);
      this.directory.seen(situation.epoch);
      if (this.directory.seenEpoch !== epoch) {
        if (attempt < ATTEMPTS) continue;
        return items.map(() => refuse('unavailable', 'Assets are being changed', { retryAfterSeconds: 1 }));
      }
      // Before the recipient is asked: an equal request gets the same answer, whatever has become of the recipient since.
      await this.answerRepeats(candidates, answers);
      let next = 0;
      decided = candidates.map((candidate, index) => {
        if (!candidate.ok) {
          answers[index] = candidate;
          return undefined;
        }
        const recipient = situation.recipients[next++];
        if (answers[index]) return undefined;
        const verdict = this.judge.allow(candidate.value, recipient);
        if (verdict.ok) return verdict.value;
        answers[index] = verdict;
        return undefined;
      });
      break;
    }
    await this.judgeMedia(decided, answers);
    await this.judge.judgeNamed(decided, answers);
    const open: AllowedSend[] = [];
    const places: number[] = [];
    for (const [index, one] of decided.entries()) {
      if (!one || answers[index]) continue;
      open.push(one);
      places.push(index);
    }
    if (open.length > 0) {
      if (this.clock.real() > deadline) {
        for (const index of places) answers[index] = refuse('unavailable', 'The node is too slow', { retryAfterSeconds: 1 });
      } else {
        const committed = await this.commits.commit(open, settings);
        for (const [position, index] of places.entries()) answers[index] = committed[position];
      }
    }
    return answers.map((answer) => answer ?? refuse('internal'));
  }

  /** Equal keys get equal answers: those of earlier requests from the database, those of this batch from its first. */
  private async answerRepeats(candidates: readonly Result<Candidate>[], answers: (Answer | undefined)[]): Promise<void> {
    const keyed: { readonly one: Candidate; readonly index: number; readonly keyHash: Buffer }[] = [];
    for (const [index, candidate] of candidates.entries()) {
      if (!candidate.ok) continue;
      const { value: one } = candidate;
      if (one.keyHash) keyed.push({ one, index, keyHash: one.keyHash });
    }
    if (keyed.length === 0) return;
    const earlier = await this.idempotencyKeys.find(
      keyed.map(({ one, keyHash }) => ({ businessId: one.number.businessId, keyHash })),
    );
    for (const [position, { one, index }] of keyed.entries()) {
      const winner = earlier[position];
      if (winner) answers[index] = repeated(one, winner.fingerprint, winner.messageId);
    }
  }

  /**
   * Media of another business is as unknown as media that never was; media that is not what it is sent as is accepted and
   * fails, as with the platform. Texts cost no question.
   */
  private async judgeMedia(decided: (AllowedSend | undefined)[], answers: (Answer | undefined)[]): Promise<void> {
    if (decided.every((one) => one === undefined || one.item.body.type === 'text')) return;
    const named = decided.flatMap((one, index) => {
      if (!one || answers[index]) return [];
      const { businessId, wabaId } = one.number;
      return namedMediaOf(one.item.body).map((media) => ({ ...media, index, businessId, wabaId }));
    });
    if (named.length === 0) return;
    const asked = named.filter(({ id }) => isId(id));
    const types = await this.accepts.mediaTypes(asked, this.clock.now());
    const found = new Map(asked.map((one, position) => [one, types[position]]));
    for (const one of named) {
      const type = found.get(one);
      const send = decided[one.index];
      if (type === undefined) {
        answers[one.index] = refuse('media-not-found', `${one.id} is not a valid whatsapp business account media attachment ID`);
      } else if (send && !isSendableAs(type, one)) {
        decided[one.index] = { ...send, doom: notSendableAs(type, one) };
      }
    }
  }
}
