import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { Database } from '#postgres';
import { HandsetMediaEntity, MediaEntity } from './media.entity.js';

/** A row whose bytes may go: removed by its owner, or past its time. */
export interface DueMedia {
  readonly businessId: string | null;
  readonly id: string;
}

const DUE = {
  name: 'media.due',
  text: `SELECT business_id, id FROM (
           (SELECT business_id, id, coalesce(removed_at, expires_at) AS due FROM core.media
            WHERE coalesce(removed_at, expires_at) <= $1 ORDER BY due LIMIT $2)
           UNION ALL
           (SELECT NULL, id, coalesce(removed_at, expires_at) AS due FROM core.handset_media
            WHERE coalesce(removed_at, expires_at) <= $1 ORDER BY due LIMIT $2)
         ) d ORDER BY due LIMIT $2`,
};
const DROP = { name: 'media.drop', text: 'DELETE FROM core.media WHERE business_id = $1 AND id = $2' };
const DROP_OF_HANDSET = { name: 'media.drop-of-handset', text: 'DELETE FROM core.handset_media WHERE id = $1' };
const OTHERS = {
  name: 'media.others',
  text: `SELECT (SELECT count(*) FROM core.media WHERE id = $1 AND coalesce(removed_at, expires_at) > $2)
              + (SELECT count(*) FROM core.handset_media WHERE id = $1 AND coalesce(removed_at, expires_at) > $2)
              + (SELECT count(*) FROM core.uploads WHERE file_id = $1)
              + (SELECT count(*) FROM core.upload_parts WHERE file_id = $1)
              + (SELECT count(*) FROM core.file_uses WHERE file_id = $1) AS others`,
};
const FIND_LINK = {
  name: 'media-links.find',
  text: `SELECT m.id FROM core.media_links l
         JOIN core.media m ON m.business_id = l.business_id AND m.id = l.media_id
         WHERE l.business_id = $1 AND l.phone_number_id = $2 AND l.url_hash = $3 AND l.fetched_at > $4
           AND coalesce(m.removed_at, m.expires_at) > $5`,
};
const SAVE_LINK = {
  name: 'media-links.save',
  text: `INSERT INTO core.media_links (business_id, phone_number_id, url_hash, media_id, fetched_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (business_id, phone_number_id, url_hash)
         DO UPDATE SET media_id = excluded.media_id, fetched_at = excluded.fetched_at`,
};

/** Media of businesses and of handsets, and which links were fetched as what. */
@Injectable()
export class MediaRows {
  constructor(
    private readonly dataSource: DataSource,
    private readonly db: Database,
  ) {}

  /** Kept twice with the same id it stays as it was first kept. */
  async insert(media: MediaEntity): Promise<void> {
    await this.dataSource.manager.createQueryBuilder().insert().into(MediaEntity).values(media).orIgnore().execute();
  }

  /** Kept again, it lives from now on. */
  async renew(media: MediaEntity): Promise<void> {
    await this.dataSource.manager.upsert(MediaEntity, media, ['businessId', 'id']);
  }

  async insertOfHandset(media: HandsetMediaEntity): Promise<void> {
    await this.dataSource.manager.createQueryBuilder().insert().into(HandsetMediaEntity).values(media).orIgnore().execute();
  }

  async find(businessId: string, id: string, now: number): Promise<MediaEntity | undefined> {
    const media = await this.dataSource.manager.findOneBy(MediaEntity, { businessId, id, removedAt: IsNull() });
    return media && media.expiresAt > now ? media : undefined;
  }

  async findOfHandset(handsetId: string, id: string, now: number): Promise<HandsetMediaEntity | undefined> {
    const media = await this.dataSource.manager.findOneBy(HandsetMediaEntity, { id, handsetId, removedAt: IsNull() });
    return media && media.expiresAt > now ? media : undefined;
  }

  /** The API forgets it at once; its bytes go after that. */
  async markRemoved(businessId: string, id: string, at: number): Promise<void> {
    await this.dataSource.manager.update(MediaEntity, { businessId, id }, { removedAt: at });
  }

  async due(now: number, limit: number): Promise<DueMedia[]> {
    const rows = await this.db.query<{ business_id: string | null; id: string }>(DUE, [now, limit]);
    return rows.map((row) => ({ businessId: row.business_id, id: row.id }));
  }

  /** Whether anybody has a file of this id: a picture that a handset sent to two businesses is one, and so is a part of an upload. */
  async isKept(id: string, now: number): Promise<boolean> {
    const [row] = await this.db.query<{ others: string }>(OTHERS, [id, now]);
    return row !== undefined && row.others !== '0';
  }

  async drop(media: DueMedia): Promise<void> {
    if (media.businessId === null) await this.db.query(DROP_OF_HANDSET, [media.id]);
    else await this.db.query(DROP, [media.businessId, media.id]);
  }

  async findLink(
    businessId: string,
    phoneNumberId: string,
    urlHash: Buffer,
    since: number,
    now: number,
  ): Promise<string | undefined> {
    const [row] = await this.db.query<{ id: string }>(FIND_LINK, [businessId, phoneNumberId, urlHash, since, now]);
    return row?.id;
  }

  async saveLink(businessId: string, phoneNumberId: string, urlHash: Buffer, mediaId: string, fetchedAt: number): Promise<void> {
    await this.db.query(SAVE_LINK, [businessId, phoneNumberId, urlHash, mediaId, fetchedAt]);
  }
}
