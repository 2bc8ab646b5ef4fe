import { Injectable } from '@nestjs/common';
import type { Mailboxes, Undelivered, Waiting } from '#carriers/handset';
import {
  type BusinessId,
  type HandsetId,
  type HandsetMessage,
  IdSequence,
  type MessageId,
  type OutboundBody,
  isDelivery,
  isTerminal,
  laneOf,
  timeOfId,
} from '#domain';
import { Database, NodeKeys, rowAad } from '#postgres';
import { Customers } from './customers.store.js';
import { withFetchedLinks } from './fetched-links.js';
import type { Handset } from './handsets.store.js';
import { openContent } from './message-content.js';
import { MessagesStore, type StoredMessage, statusToRow } from './messages.store.js';

const WAIT = {
  name: 'handsets.wait',
  text: `INSERT INTO core.handset_waiting (handset_id, business_id, message_id, expires_at)
         SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[]) ON CONFLICT DO NOTHING`,
};
const WAITING = {
  name: 'handsets.waiting',
  text: `SELECT handset_id, business_id, message_id, expires_at FROM core.handset_waiting
         WHERE handset_id = ANY ($1::int8[]) ORDER BY message_id LIMIT 50000`,
};
const MAILBOXES_BEHIND = {
  name: 'handsets.mailboxes-behind',
  text: `SELECT DISTINCT h.id FROM core.handset_waiting w JOIN core.handsets h ON h.id = w.handset_id WHERE h.online`,
};
const ARRIVED = {
  name: 'handsets.arrived',
  text: `DELETE FROM core.handset_waiting w USING unnest($1::int8[], $2::int8[]) u(h, m)
         WHERE w.handset_id = u.h AND w.message_id = u.m`,
};
const EXPIRED = {
  name: 'handsets.expired',
  text: `DELETE FROM core.handset_waiting WHERE (handset_id, message_id) IN
           (SELECT handset_id, message_id FROM core.handset_waiting WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING business_id, message_id`,
};
// What a core that died had pushed to sockets and nobody confirmed: sent, not delivered, and not waiting yet.
const RECLAIM = {
  name: 'handsets.reclaim',
  text: `INSERT INTO core.handset_waiting (handset_id, business_id, message_id, expires_at)
         SELECT h.id, m.business_id, m.id, m.expires_at
         FROM core.message_status s
         JOIN core.messages m ON m.business_id = s.business_id AND m.id = s.id
         JOIN core.phone_numbers p ON p.business_id = m.business_id AND p.id = m.phone_number_id AND p.carrier = 'handset'
         JOIN core.customers c ON c.business_id = m.business_id AND c.id = m.customer_id
         JOIN core.handsets h ON h.wa_hash = c.wa_hash
         WHERE s.status = $1::int2 AND m.type <> 'reaction'
         ON CONFLICT DO NOTHING`,
};
const INBOX = {
  name: 'handsets.inbox',
  text: `SELECT m.business_id, m.id FROM core.customers c
         JOIN core.messages m ON m.business_id = c.business_id AND m.customer_id = c.id
         JOIN core.message_status s ON s.business_id = m.business_id AND s.id = m.id
         WHERE c.wa_hash = $1 AND NOT m.inbound AND s.status = ANY ($2::int2[]) AND m.id > $3::int8
         ORDER BY m.id DESC LIMIT $4`,
};
const ADD_NOTICE = {
  name: 'handsets.add-notice',
  text: 'INSERT INTO core.handset_notices (handset_id, id, content) VALUES ($1, $2, $3)',
};
const NOTICES = {
  name: 'handsets.notices',
  text: `SELECT id, content, read FROM core.handset_notices WHERE handset_id = $1 AND id > $2::int8 ORDER BY id DESC LIMIT $3`,
};
const READ_NOTICES = {
  name: 'handsets.read-notices',
  text: 'UPDATE core.handset_notices SET read = true WHERE handset_id = $1 AND id = ANY ($2::int8[]) RETURNING id',
};

const RECEIVED: readonly number[] = [statusToRow('delivered'), statusToRow('read'), statusToRow('played')];

/** What waits for handsets, and what they have received: messages, and notices of the network, which are sealed. */
@Injectable()
export class HandsetMailboxes implements Mailboxes {
  constructor(
    private readonly db: Database,
    private readonly keys: NodeKeys,
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly ids: IdSequence,
  ) {}

  async wait(messages: readonly Undelivered[]): Promise<void> {
    if (messages.length === 0) return;
    await this.db.query(WAIT, [
      messages.map((message) => message.handsetId),
      messages.map((message) => message.businessId),
      messages.map((message) => message.messageId),
      messages.map((message) => message.expiresAt),
    ]);
  }

  async waiting(handsetIds: readonly HandsetId[]): Promise<readonly Waiting[]> {
    const rows = await this.db.query<{
      handset_id: HandsetId;
      business_id: BusinessId;
      message_id: MessageId;
      expires_at: string;
    }>(WAITING, [handsetIds]);
    if (rows.length === 0) return [];
    const stored = await this.messages.load(rows.map((row) => ({ businessId: row.business_id, id: row.message_id })));
    const numbers = await this.numbersOf(stored);
    const byId = new Map(stored.map((message) => [message.id, message]));
    const waiting: Waiting[] = [];
    const done: { readonly handsetId: HandsetId; readonly messageId: MessageId }[] = [];
    for (const row of rows) {
      const message = byId.get(row.message_id);
      const one = { handsetId: row.handset_id, businessId: row.business_id, messageId: row.message_id };
      // A core that died after the receipt's commit has left the row behind.
      if (!message || isDelivery(message.status) || isTerminal(message.status)) done.push(one);
      else {
        waiting.push({
          ...one,
          expiresAt: Number(row.expires_at),
          message: this.show(message, numbers.get(message.phoneNumberId) ?? ''),
          lane: laneOf(message.phoneNumberId, message.customerId),
        });
      }
    }
    await this.arrived(done);
    return waiting;
  }

  /** Handsets without a socket, online, for which something waits all the same. */
  async behind(): Promise<readonly HandsetId[]> {
    return (await this.db.query<{ id: HandsetId }>(MAILBOXES_BEHIND, [])).map((row) => row.id);
  }

  async arrived(messages: readonly { readonly handsetId: HandsetId; readonly messageId: MessageId }[]): Promise<void> {
    if (messages.length === 0) return;
    await this.db.query(ARRIVED, [messages.map((message) => message.handsetId), messages.map((message) => message.messageId)]);
  }

  /** Takes out what has waited too long. */
  async takeExpired(
    now: number,
    limit: number,
  ): Promise<readonly { readonly businessId: BusinessId; readonly messageId: MessageId }[]> {
    const rows = await this.db.query<{ business_id: BusinessId; message_id: MessageId }>(EXPIRED, [now, limit]);
    return rows.map((row) => ({ businessId: row.business_id, messageId: row.message_id }));
  }

  async reclaimUnconfirmed(): Promise<void> {
    await this.db.query(RECLAIM, [statusToRow('sent')]);
  }

  /** The newest messages a handset has received, oldest first; notices of the network among them. */
  async inbox(handset: Handset, limit: number, after: string | undefined): Promise<readonly HandsetMessage[]> {
    const rows = await this.db.query<{ business_id: BusinessId; id: MessageId }>(INBOX, [
      this.keys.index(handset.waId),
      RECEIVED,
      after ?? '0',
      limit,
    ]);
    const messages = await this.shown(rows.map((row) => ({ businessId: row.business_id, id: row.id })));
    const notices = await this.db.query<{ id: MessageId; content: Buffer; read: boolean }>(NOTICES, [
      handset.id,
      after ?? '0',
      limit,
    ]);
    const told = notices.map((row): HandsetMessage => {
      const text = this.keys.open(row.content, noticeAad(handset.id, row.id)).toString('utf8');
      return {
        id: row.id,
        from: 'relais',
        to: handset.waId,
        at: timeOfId(row.id),
        body: { type: 'text', text },
        status: row.read ? 'read' : 'delivered',
      };
    });
    return [...messages, ...told].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)).slice(-limit);
  }

  async notify(handsetId: HandsetId, text: string): Promise<void> {
    const id = this.ids.next<MessageId>();
    await this.db.query(ADD_NOTICE, [handsetId, id, this.keys.seal(text, noticeAad(handsetId, id))]);
  }

  /** Marks notices as read; returns those of the given ids that are notices. */
  async readNotices(handsetId: HandsetId, ids: readonly MessageId[]): Promise<ReadonlySet<string>> {
    const rows = await this.db.query<{ id: string }>(READ_NOTICES, [handsetId, ids]);
    return new Set(rows.map((row) => row.id));
  }

  private async shown(
    ids: readonly { readonly businessId: BusinessId; readonly id: MessageId }[],
  ): Promise<readonly HandsetMessage[]> {
    const rows = await this.messages.load(ids);
    const numbers = await this.numbersOf(rows);
    const stored = rows.map((row) => ({
      businessId: row.businessId,
      phoneNumberId: row.phoneNumberId,
      message: this.show(row, numbers.get(row.phoneNumberId) ?? ''),
    }));
    return withFetchedLinks(this.db, this.keys, stored);
  }

  private show(row: StoredMessage, from: string): HandsetMessage {
    const key = this.customers.key(row.businessId, row.customerId, row.wrappedKey);
    const content = openContent(key, row.businessId, row.id, row.content);
    return {
      id: row.id,
      from,
      to: this.customers.openIdentity(row.businessId, row.customerId, key, row.identity).waId,
      at: timeOfId(row.id),
      body: content.body as OutboundBody,
      filled: content.filled,
      contextId: row.contextId ?? undefined,
      status: row.status === 'read' || row.status === 'played' ? 'read' : row.status === 'delivered' ? 'delivered' : 'sent',
    };
  }

  private async numbersOf(rows: readonly StoredMessage[]): Promise<ReadonlyMap<string, string>> {
    const ids = [...new Set(rows.map((row) => row.phoneNumberId))];
    const found = await this.db.query<{ id: string; number: string }>(
      { name: 'handsets.numbers', text: 'SELECT id, number FROM core.phone_numbers WHERE id = ANY ($1::int8[])' },
      [ids],
    );
    return new Map(found.map((row) => [row.id, row.number]));
  }
}

function noticeAad(handsetId: string, id: string): string {
  return rowAad('0', 'handset_notices', `${handsetId}/${id}`, 'content');
}
