import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is made of uploaded files, which keeps them longer than their handles. */
export class FileUses0008 implements MigrationInterface {
  readonly name = 'FileUses1767225600008';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- object_id: the number whose profile shows the picture, or the template whose sample it is. ended_at: something else
      -- has taken its place; the row is dropped some time later, and the file with it if nobody else has it.
      CREATE TABLE core.file_uses (
        business_id bigint NOT NULL REFERENCES core.businesses (id),
        kind        text   NOT NULL CHECK (kind IN ('profile-picture', 'template-sample')),
        object_id   bigint NOT NULL,
        file_id     bigint NOT NULL,
        ended_at    bigint,
        PRIMARY KEY (business_id, kind, object_id, file_id)
      );
      CREATE INDEX file_uses_file ON core.file_uses (file_id);
      CREATE INDEX file_uses_ended_at ON core.file_uses (ended_at) WHERE ended_at IS NOT NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE core.file_uses');
  }
}
