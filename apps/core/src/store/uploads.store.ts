import { Injectable } from '@nestjs/common';
import { Database } from '#postgres';

/** A file that comes in parts, as it is kept. */
export interface UploadRow {
  readonly businessId: string;
  readonly id: string;
  readonly fileType: string;
  readonly fileLength: number;
  readonly received: number;
  /** The whole file, once it is there and was judged. */
  readonly file: { readonly id: string; readonly mimeType: string } | undefined;
}

const COLUMNS = 'business_id, id, file_type, file_length, received, file_id, mime_type';
const INSERT = {
  name: 'uploads.insert',
  text: `INSERT INTO core.uploads (business_id, id, app_id, file_type, file_length, received, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7)`,
};
const FIND = {
  name: 'uploads.find',
  text: `SELECT ${COLUMNS} FROM core.uploads WHERE business_id = $1 AND id = $2 AND expires_at > $3`,
};
/** Of two parts that begin alike, the second waits for the first and then finds that it does not follow any more. */
const APPEND = {
  name: 'uploads.append',
  text: `WITH grown AS (
           UPDATE core.uploads SET received = received + $4::int8
           WHERE business_id = $1 AND id = $2 AND received = $3::int8 AND received + $4::int8 <= file_length AND expires_at > $6
           RETURNING business_id, id
         )
         INSERT INTO core.upload_parts (business_id, upload_id, starts_at, bytes, file_id)
         SELECT business_id, id, $3::int8, $4::int8, $5 FROM grown RETURNING file_id`,
};
const HAS_PART = {
  name: 'uploads.has-part',
  text: 'SELECT 1 FROM core.upload_parts WHERE business_id = $1 AND upload_id = $2 AND file_id = $3',
};
const PARTS = {
  name: 'uploads.parts',
  text: 'SELECT file_id FROM core.upload_parts WHERE business_id = $1 AND upload_id = $2 ORDER BY starts_at',
};
const FINISH = {
  name: 'uploads.finish',
  text: `UPDATE core.uploads SET file_id = $3, mime_type = $4, expires_at = $5
         WHERE business_id = $1 AND id = $2 AND received = file_length AND file_id IS NULL AND expires_at > $6
         RETURNING id`,
};
const DROP_PART = {
  name: 'uploads.drop-part',
  text: 'DELETE FROM core.upload_parts WHERE business_id = $1 AND upload_id = $2 AND file_id = $3',
};
const END = { name: 'uploads.end', text: 'UPDATE core.uploads SET expires_at = 0 WHERE business_id = $1 AND id = $2' };
const DUE = {
  name: 'uploads.due',
  text: `SELECT ${COLUMNS} FROM core.uploads WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2`,
};
const DROP = { name: 'uploads.drop', text: 'DELETE FROM core.uploads WHERE business_id = $1 AND id = $2' };

interface Row {
  readonly business_id: string;
  readonly id: string;
  readonly file_type: string;
  readonly file_length: string;
  readonly received: string;
  readonly file_id: string | null;
  readonly mime_type: string | null;
}

/** Uploads and their parts. */
@Injectable()
export class UploadRows {
  constructor(private readonly db: Database) {}

  async insert(
    upload: Pick<UploadRow, 'businessId' | 'id' | 'fileType' | 'fileLength'> & {
      readonly appId: string;
      readonly createdAt: number;
      readonly expiresAt: number;
    },
  ): Promise<void> {
    const { businessId, id, appId, fileType, fileLength, createdAt, expiresAt } = upload;
    await this.db.query(INSERT, [businessId, id, appId, fileType, fileLength, createdAt, expiresAt]);
  }

  /** Undefined also when it has expired. */
  async find(businessId: string, id: string, now: number): Promise<UploadRow | undefined> {
    const [row] = await this.db.query<Row>(FIND, [businessId, id, now]);
    return row && fromRow(row);
  }

  /** False: the part does not begin where the others end, or there is no such upload any more. */
  async append(
    upload: UploadRow,
    part: { readonly startsAt: number; readonly bytes: number; readonly fileId: string },
    now: number,
  ): Promise<boolean> {
    const values = [upload.businessId, upload.id, part.startsAt, part.bytes, part.fileId, now];
    return (await this.db.query(APPEND, values)).length > 0;
  }

  async hasPart(upload: UploadRow, fileId: string): Promise<boolean> {
    return (await this.db.query(HAS_PART, [upload.businessId, upload.id, fileId])).length > 0;
  }

  /** The ids of the parts' files, in order. */
  async parts(upload: UploadRow): Promise<readonly string[]> {
    const rows = await this.db.query<{ file_id: string }>(PARTS, [upload.businessId, upload.id]);
    return rows.map((row) => row.file_id);
  }

  /** False: somebody else has finished it, or there is no such upload any more. */
  async finish(
    upload: UploadRow,
    file: { readonly id: string; readonly mimeType: string },
    until: { readonly now: number; readonly expiresAt: number },
  ): Promise<boolean> {
    const values = [upload.businessId, upload.id, file.id, file.mimeType, until.expiresAt, until.now];
    return (await this.db.query(FINISH, values)).length > 0;
  }

  async dropPart(upload: UploadRow, fileId: string): Promise<void> {
    await this.db.query(DROP_PART, [upload.businessId, upload.id, fileId]);
  }

  /** From here on it is not found, and due. */
  async end(upload: UploadRow): Promise<void> {
    await this.db.query(END, [upload.businessId, upload.id]);
  }

  /** Those that had expired at a time. */
  async due(expiredAt: number, limit: number): Promise<readonly UploadRow[]> {
    return (await this.db.query<Row>(DUE, [expiredAt, limit])).map(fromRow);
  }

  /** With all its parts. */
  async drop(upload: UploadRow): Promise<void> {
    await this.db.query(DROP, [upload.businessId, upload.id]);
  }
}

function fromRow(row: Row): UploadRow {
  return {
    businessId: row.business_id,
    id: row.id,
    fileType: row.file_type,
    fileLength: Number(row.file_length),
    received: Number(row.received),
    file: row.file_id === null || row.mime_type === null ? undefined : { id: row.file_id, mimeType: row.mime_type },
  };
}
