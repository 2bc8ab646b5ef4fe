import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Postgres checks a foreign key row by row, with a query and a lock for each. Messages are inserted by the batch, so that they
 * belong to a thread is checked by the batch, too. Nothing ever deletes a thread; the lock guarded against that alone.
 */
export class ThreadCheck0010 implements MigrationInterface {
  readonly name = 'ThreadCheck1767225600010';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE core.messages DROP CONSTRAINT messages_business_id_phone_number_id_customer_id_fkey;
      -- Each look-up is a query of its own to the planner, see the accept's situation.
      CREATE FUNCTION core.messages_have_threads() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (
            SELECT FROM added a LEFT JOIN LATERAL (
              SELECT true AS found FROM core.threads
              WHERE business_id = a.business_id AND phone_number_id = a.phone_number_id AND customer_id = a.customer_id OFFSET 0
            ) t ON true WHERE t.found IS NULL
          ) THEN
            RAISE EXCEPTION 'a message belongs to no thread' USING ERRCODE = 'foreign_key_violation';
          END IF;
          RETURN NULL;
        END $$;
      CREATE TRIGGER messages_have_threads AFTER INSERT ON core.messages REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION core.messages_have_threads();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER messages_have_threads ON core.messages;
      DROP FUNCTION core.messages_have_threads();
      ALTER TABLE core.messages ADD FOREIGN KEY (business_id, phone_number_id, customer_id)
        REFERENCES core.threads (business_id, phone_number_id, customer_id);
    `);
  }
}
