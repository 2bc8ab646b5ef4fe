import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '#postgres';

/** What uses files: the profile of a number shows a picture, a template has samples. */
export interface FileUser {
  readonly businessId: string;
  readonly kind: 'profile-picture' | 'template-sample';
  readonly objectId: string;
}

export interface FileUse extends FileUser {
  readonly fileId: string;
}

const END_OTHERS = {
  name: 'file-uses.end-others',
  text: `UPDATE core.file_uses SET ended_at = $5
         WHERE business_id = $1 AND kind = $2 AND object_id = $3 AND file_id <> ALL ($4::int8[]) AND ended_at IS NULL`,
};
const BEGIN = {
  name: 'file-uses.begin',
  text: `INSERT INTO core.file_uses (business_id, kind, object_id, file_id)
         SELECT $1, $2, $3, file_id FROM unnest($4::int8[]) AS file_id
         ON CONFLICT (business_id, kind, object_id, file_id) DO UPDATE SET ended_at = NULL`,
};
const IS_USED = { name: 'file-uses.is-used', text: 'SELECT 1 FROM core.file_uses WHERE file_id = $1 LIMIT 1' };
const DUE = {
  name: 'file-uses.due',
  text: `SELECT business_id, kind, object_id, file_id FROM core.file_uses WHERE ended_at <= $1 ORDER BY ended_at LIMIT $2`,
};
/** Whether the file is anybody's but this one use's. */
const OTHERS = {
  name: 'file-uses.others',
  text: `SELECT 1 FROM core.uploads WHERE file_id = $4
         UNION ALL SELECT 1 FROM core.upload_parts WHERE file_id = $4
         UNION ALL SELECT 1 FROM core.file_uses
         WHERE file_id = $4 AND (business_id, kind, object_id) <> ($1::int8, $2::text, $3::int8) LIMIT 1`,
};
const DROP = {
  name: 'file-uses.drop',
  text: `DELETE FROM core.file_uses
         WHERE business_id = $1 AND kind = $2 AND object_id = $3 AND file_id = $4 AND ended_at IS NOT NULL`,
};

interface Row {
  readonly business_id: string;
  readonly kind: FileUser['kind'];
  readonly object_id: string;
  readonly file_id: string;
}

/** Who uses which files. A file stays while it is used, or its handle can be. */
@Injectable()
export class FileUses {
  constructor(private readonly db: Database) {}

  /** From now on these are its files, and no others. */
  async replace(tx: Tx, user: FileUser, fileIds: readonly string[], now: number): Promise<void> {
    const values = [user.businessId, user.kind, user.objectId, [...new Set(fileIds)]];
    await tx.query(END_OTHERS, [...values, now]);
    if (fileIds.length > 0) await tx.query(BEGIN, values);
  }

  /** Also by what has ended its use, as long as that was not dropped. */
  async isUsed(fileId: string): Promise<boolean> {
    return (await this.db.query(IS_USED, [fileId])).length > 0;
  }

  /** Uses that had ended at a time. */
  async due(endedAt: number, limit: number): Promise<readonly FileUse[]> {
    const rows = await this.db.query<Row>(DUE, [endedAt, limit]);
    return rows.map((row) => ({
      businessId: row.business_id,
      kind: row.kind,
      objectId: row.object_id,
      fileId: row.file_id,
    }));
  }

  async isOnlyUse(use: FileUse): Promise<boolean> {
    return (await this.db.query(OTHERS, valuesOf(use))).length === 0;
  }

  /** Unless it was taken up again. */
  async drop(use: FileUse): Promise<void> {
    await this.db.query(DROP, valuesOf(use));
  }
}

function valuesOf({ businessId, kind, objectId, fileId }: FileUse): readonly string[] {
  return [businessId, kind, objectId, fileId];
}
