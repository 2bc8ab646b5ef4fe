import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files that come in parts, and are known by a handle when they are whole. */
export class Uploads0007 implements MigrationInterface {
  readonly name = 'Uploads1767225600007';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- received: how many bytes are there, without a gap. file_id and mime_type: set when the whole file is there and was
      -- judged; its bytes lie in the media store under file_id. Rows are dropped after their files, some time after expires_at.
      CREATE TABLE core.uploads (
        business_id bigint NOT NULL,
        id          bigint NOT NULL UNIQUE,
        app_id      bigint NOT NULL,
        file_type   text   NOT NULL,
        file_length bigint NOT NULL CHECK (file_length > 0),
        received    bigint NOT NULL CHECK (received BETWEEN 0 AND file_length),
        file_id     bigint UNIQUE,
        mime_type   text,
        created_at  bigint NOT NULL,
        expires_at  bigint NOT NULL,
        PRIMARY KEY (business_id, id),
        FOREIGN KEY (business_id, app_id) REFERENCES core.apps (business_id, id),
        CHECK ((file_id IS NULL) = (mime_type IS NULL)),
        CHECK (file_id IS NULL OR received = file_length)
      );
      CREATE INDEX uploads_expires_at ON core.uploads (expires_at);

      -- A part lies in the media store under file_id, too. Of a file that came in one part, that is the file itself.
      CREATE TABLE core.upload_parts (
        business_id bigint NOT NULL,
        upload_id   bigint NOT NULL,
        starts_at   bigint NOT NULL,
        bytes       bigint NOT NULL CHECK (bytes > 0),
        file_id     bigint NOT NULL UNIQUE,
        PRIMARY KEY (business_id, upload_id, starts_at),
        FOREIGN KEY (business_id, upload_id) REFERENCES core.uploads (business_id, id) ON DELETE CASCADE
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE core.upload_parts, core.uploads');
  }
}
