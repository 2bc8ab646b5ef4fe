import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the calls that manage accounts are counted in. */
export class ManagementCalls0009 implements MigrationInterface {
  readonly name = 'ManagementCalls1767225600009';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- minute: since 1970. app_id 0: tokens that belong to no app. Unlogged, because a count of the last hour is worth no
      -- write-ahead log: a server that crashes has forgotten it.
      CREATE UNLOGGED TABLE core.management_calls (
        business_id bigint  NOT NULL,
        waba_id     bigint  NOT NULL,
        app_id      bigint  NOT NULL,
        minute      integer NOT NULL,
        calls       integer NOT NULL,
        PRIMARY KEY (business_id, waba_id, app_id, minute),
        FOREIGN KEY (business_id, waba_id) REFERENCES core.wabas (business_id, id)
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE core.management_calls');
  }
}
