import { Injectable } from '@nestjs/common';
import { type BusinessId, type OutboundBody, linkedMediaOf, namedMediaOf } from '#domain';
import { Database, NodeKeys } from '#postgres';
import { Customers } from './customers.store.js';
import { openContent } from './message-content.js';
import { MessagesStore, statusToRow } from './messages.store.js';

/** A handset asks for what it has just been shown; so many of its newest messages with media are opened to find it. */
const LOOK_BACK = 500;

const RECEIVED = {
  name: 'received-media.messages',
  text: `SELECT m.business_id, m.id FROM core.handsets h
         JOIN core.customers c ON c.wa_hash = h.wa_hash
         JOIN core.media k ON k.business_id = c.business_id AND k.id = $2::int8
         JOIN core.messages m ON m.business_id = c.business_id AND m.customer_id = c.id
         JOIN core.message_status s ON s.business_id = m.business_id AND s.id = m.id
         WHERE h.id = $1 AND NOT m.inbound AND s.status = ANY ($3::int2[])
           AND m.type IN ('image', 'audio', 'video', 'document', 'sticker', 'template', 'interactive')
         ORDER BY m.id DESC LIMIT $4`,
};
const LINKS = {
  name: 'received-media.links',
  text: 'SELECT url_hash FROM core.media_links WHERE business_id = $1 AND media_id = $2',
};

/** Which media a handset was sent. What messages say is sealed, so they are opened and looked at. */
@Injectable()
export class ReceivedMedia {
  constructor(
    private readonly db: Database,
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly keys: NodeKeys,
  ) {}

  /** The business that sent this media to this handset, or undefined if none did. */
  async senderOf(handsetId: string, mediaId: string): Promise<BusinessId | undefined> {
    const rows = await this.db.query<{ business_id: BusinessId; id: string }>(RECEIVED, [
      handsetId,
      mediaId,
      (['sent', 'delivered', 'read', 'played'] as const).map(statusToRow),
      LOOK_BACK,
    ]);
    if (rows.length === 0) return undefined;
    const links = await this.linksOf([...new Set(rows.map((row) => row.business_id))], mediaId);
    const loaded = await this.messages.load(rows.map((row) => ({ businessId: row.business_id, id: row.id })));
    return loaded.find((row) => {
      const key = this.customers.key(row.businessId, row.customerId, row.wrappedKey);
      const { body } = openContent(key, row.businessId, row.id, row.content) as { readonly body: OutboundBody };
      if (namedMediaOf(body).some(({ id }) => id === mediaId)) return true;
      return linkedMediaOf(body).some(({ link }) => links.has(`${row.businessId}/${this.hashOf(link)}`));
    })?.businessId;
  }

  /** Linked media has its id only since the node fetched it: its message still says the link. */
  private async linksOf(businesses: readonly string[], mediaId: string): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const business of businesses) {
      const rows = await this.db.query<{ url_hash: Buffer }>(LINKS, [business, mediaId]);
      for (const row of rows) found.add(`${business}/${row.url_hash.toString('base64')}`);
    }
    return found;
  }

  private hashOf(link: string): string {
    return this.keys.index(`media-link|${link}`).toString('base64');
  }
}
