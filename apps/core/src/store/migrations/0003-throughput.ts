import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How fast each number may be. */
export class Throughput0003 implements MigrationInterface {
  readonly name = 'Throughput1767225600003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE core.phone_numbers
        ADD COLUMN throughput text NOT NULL DEFAULT 'STANDARD' CHECK (throughput IN ('STANDARD', 'HIGH'));
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE core.phone_numbers DROP COLUMN throughput');
  }
}
