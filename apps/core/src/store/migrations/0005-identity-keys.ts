import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A handset's identity key: how many times it was made anew is all that has to be kept of it. */
export class IdentityKeys0005 implements MigrationInterface {
  readonly name = 'IdentityKeys1767225600005';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE core.handsets ADD COLUMN identity_generation integer NOT NULL DEFAULT 0');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE core.handsets DROP COLUMN identity_generation');
  }
}
