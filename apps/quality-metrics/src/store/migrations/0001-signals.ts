import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts of what became of messages, and which events are in them. */
export class Signals0001 implements MigrationInterface {
  readonly name = 'Signals1767225600001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- hour: whole hours since 1970, UTC. Hours that are too old to be kept by themselves are folded into hour 0, so the
      -- sum over all hours never changes by age. reason: a failure's code, else empty.
      CREATE TABLE quality.rollups (
        business_id     bigint  NOT NULL,
        phone_number_id bigint  NOT NULL,
        hour            integer NOT NULL CHECK (hour >= 0),
        signal          text    NOT NULL CHECK (signal IN ('accepted', 'sent', 'delivered', 'read', 'failed', 'received')),
        reason          text    NOT NULL,
        count           bigint  NOT NULL CHECK (count > 0),
        PRIMARY KEY (business_id, phone_number_id, hour, signal, reason)
      ) WITH (fillfactor = 80);
      CREATE INDEX rollups_by_age ON quality.rollups (hour) WHERE hour > 0;

      -- The sum of rollups over all hours: what a scrape reads. first_hour is the hour the row was made for and never
      -- changes, so that the order of newcomers is kept.
      CREATE TABLE quality.totals (
        business_id     bigint  NOT NULL,
        phone_number_id bigint  NOT NULL,
        signal          text    NOT NULL,
        reason          text    NOT NULL,
        first_hour      integer NOT NULL,
        count           bigint  NOT NULL CHECK (count > 0),
        PRIMARY KEY (business_id, phone_number_id, signal, reason)
      ) WITH (fillfactor = 50);

      -- Outbox rows that are in the counts. An outbox row belongs to the node: one may hold events of several businesses.
      -- consumed_at is real time, as the age of the stream is.
      CREATE TABLE quality.consumed (
        outbox_id   bigint PRIMARY KEY,
        consumed_at bigint NOT NULL
      );
      CREATE INDEX consumed_by_age ON quality.consumed (consumed_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE quality.rollups, quality.totals, quality.consumed');
  }
}
