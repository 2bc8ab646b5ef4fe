import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A statement that must find the rows as its author believes them says so, and fails as a whole when they are not. */
export class Demand0006 implements MigrationInterface {
  readonly name = 'Demand1767225600006';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION core.demand(holds boolean) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          IF holds THEN RETURN true; END IF;
          RAISE EXCEPTION 'the rows are not as they were' USING ERRCODE = 'RL001';
        END $$;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION core.demand');
  }
}
