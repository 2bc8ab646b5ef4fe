import { Injectable } from '@nestjs/common';
import type { BlockOutcome, Page, PageQuestion } from '#contracts';
import { BLOCK_LIST_LIMIT, type Failure, failure, judgeBlock, ok, refuse, type Result } from '#domain';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import type { NumberFacts } from '../access/directory.js';
import { BlockedStore } from '../store/blocked.store.js';
import { type ChangeTx, Changes } from '../store/change.js';
import { Customers } from '../store/customers.store.js';
import { NumbersStore } from '../store/numbers.store.js';
import { pageOf, readPage } from '../store/page.js';
import { NumberAccess } from './number-access.js';
import { readContact } from './phone-format.js';

/** So many people can be named in one call. */
const MAX_USERS = 1_000;

interface Wanted {
  readonly input: string;
  readonly waId: string | undefined;
}

/**
 * The block list of a number. What blocked customers write is dropped where it is recorded, and what is sent to them is
 * refused where it is accepted: both read the thread that is changed here, so a block holds from its commit on.
 */
@Injectable()
export class BlockCustomers {
  constructor(
    private readonly access: NumberAccess,
    private readonly numbers: NumbersStore,
    private readonly store: BlockedStore,
    private readonly customers: Customers,
    private readonly changes: Changes,
    private readonly clock: Clock,
  ) {}

  block(asker: Asker, phoneNumberId: string, users: readonly string[]): Promise<Result<BlockOutcome>> {
    return this.change(asker, phoneNumberId, users, 'block');
  }

  /** One who was not blocked is unblocked already. */
  unblock(asker: Asker, phoneNumberId: string, users: readonly string[]): Promise<Result<BlockOutcome>> {
    return this.change(asker, phoneNumberId, users, 'unblock');
  }

  async list(asker: Asker, phoneNumberId: string, question: PageQuestion): Promise<Result<Page<{ waId: string }>>> {
    const found = await this.access.find(asker, phoneNumberId, 'message');
    if (!found.ok) return found;
    const page = readPage(question);
    if ('failure' in page) return { ok: false, failure: page.failure };
    const rows = await this.store.list(found.value.businessId, found.value.id, page.slice);
    return ok(pageOf(rows, page.slice, ({ waId }) => ({ waId })));
  }

  private async change(
    asker: Asker,
    phoneNumberId: string,
    users: readonly string[],
    act: 'block' | 'unblock',
  ): Promise<Result<BlockOutcome>> {
    const found = await this.access.find(asker, phoneNumberId, 'message');
    if (!found.ok) return found;
    if (users.length === 0 || users.length > MAX_USERS) {
      return refuse('invalid-parameter', `block_users must have 1 to ${MAX_USERS} users`, { field: 'block_users' });
    }
    const { value: number } = found;
    const wanted = await this.people(number, users);
    // Nobody keeps threads in memory, so nothing has to be looked at anew.
    const options = { movesEpoch: false };
    return ok(
      await this.changes.run(
        asker,
        async (tx, note) => {
          const outcome = await this.judge(tx, number, wanted, act);
          const audited = { object: `phone-number/${number.id}`, businessId: number.businessId };
          if (outcome.done.length > 0) {
            note.audit({ action: `customers.${act}ed`, ...audited, after: { customers: outcome.customerIds } });
          }
          return { done: outcome.done, failed: outcome.failed };
        },
        options,
      ),
    );
  }

  /** Each as a telephone number in any notation, or as the id under which the business alone knows a customer. */
  private async people({ businessId }: NumberFacts, users: readonly string[]): Promise<readonly Wanted[]> {
    const ids = users.map((input) => this.customers.customerOf(businessId, input.trim()));
    const waIds = await this.store.waIds(
      businessId,
      ids.filter((id) => id !== undefined),
    );
    return users.map((input, index): Wanted => {
      const id = ids[index];
      if (id !== undefined) return { input, waId: waIds.get(id) };
      const read = readContact(input);
      return { input, waId: read.status === 'valid' ? read.waId : undefined };
    });
  }

  private async judge(
    tx: ChangeTx,
    { businessId, id, number }: NumberFacts,
    wanted: readonly Wanted[],
    act: 'block' | 'unblock',
  ): Promise<BlockOutcome & { readonly customerIds: readonly string[] }> {
    const now = this.clock.now();
    // Two lists of one number wait for each other here, so that together they keep the limit.
    await this.numbers.lock(tx, businessId, id);
    const hashes = new Map(
      wanted.flatMap(({ waId }) => (waId === undefined ? [] : [[waId, this.customers.hash(waId)] as const])),
    );
    const threads = await this.store.find(tx, businessId, id, [...hashes.values()]);
    const byHash = new Map(threads.map((thread) => [thread.waHash.toString('hex'), thread]));
    let room = act === 'block' ? BLOCK_LIST_LIMIT - (await this.store.count(tx, businessId, id)) : 0;
    const done: { input: string; waId: string }[] = [];
    const failed: { input: string; waId: string | undefined; failure: Failure }[] = [];
    const changed = new Set<string>();
    for (const { input, waId } of wanted) {
      const thread = waId === undefined ? undefined : byHash.get((hashes.get(waId) as Buffer).toString('hex'));
      if (waId === undefined) {
        failed.push({
          input,
          waId,
          failure: failure('recipient-invalid', 'This is neither a telephone number with its country code nor a user id'),
        });
        continue;
      }
      const isNew = thread !== undefined && !thread.blocked && !changed.has(thread.customerId);
      const refused =
        act === 'block' ? judgeBlock({ isOwnNumber: waId === number, thread, room: isNew ? room : 1 }, now) : undefined;
      if (refused) {
        failed.push({ input, waId, failure: refused });
        continue;
      }
      done.push({ input, waId });
      if (!thread || thread.blocked === (act === 'block') || changed.has(thread.customerId)) continue;
      changed.add(thread.customerId);
      room -= 1;
    }
    await this.store.set(tx, businessId, id, [...changed], act === 'block' ? now : null);
    return { done, failed, customerIds: [...changed] };
  }
}
