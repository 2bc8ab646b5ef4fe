import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The dispatcher's copy of the endpoints, its deliveries, and which events each endpoint is done with. */
export class Deliveries0001 implements MigrationInterface {
  readonly name = 'Deliveries1767225600001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- A copy: core owns subscriptions. content is the whole endpoint, URL and app secret included, sealed with the node's
      -- key. changed_at is the time of the change it came with, so that an older one, told again, is known for what it is.
      -- A removed endpoint stays as a mark that outlives whatever is told late.
      --
      -- failures and paused_until are the breaker: while an endpoint fails, its deliveries are not tried one by one.
      -- leased_by drains the backlog, alone, until leased_until (real time, not business time).
      CREATE TABLE dispatcher.endpoints (
        business_id  bigint NOT NULL,
        id           text   NOT NULL,
        dialect      text   NOT NULL,
        content      bytea  NOT NULL,
        changed_at   bigint NOT NULL,
        removed      boolean NOT NULL DEFAULT false,
        failures     integer NOT NULL DEFAULT 0,
        paused_until bigint NOT NULL DEFAULT 0,
        leased_by    text,
        leased_until bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (business_id, id)
      ) WITH (fillfactor = 70);

      -- One row a POST that was acknowledged; or events that wait for one, and then the payload (the dialect's own parts of
      -- a webhook, a JSON array) is kept sealed until they are. Ids are ordered by time, so pending rows are drained in the
      -- order of their ids.
      --
      -- aside: refused again and again while others of its endpoint are taken; it holds nobody back any longer and is tried
      -- at next_attempt_at. taken_until: somebody is posting it (real time).
      CREATE TABLE dispatcher.deliveries (
        business_id     bigint   NOT NULL,
        id              bigint   NOT NULL,
        endpoint_id     text     NOT NULL,
        state           text     NOT NULL CHECK (state IN ('pending', 'done', 'dead')),
        updates         integer  NOT NULL,
        attempts        integer  NOT NULL,
        created_at      bigint   NOT NULL,
        settled_at      bigint,
        aside           boolean  NOT NULL DEFAULT false,
        next_attempt_at bigint   NOT NULL DEFAULT 0,
        taken_until     bigint   NOT NULL DEFAULT 0,
        outcome         text,
        payload         bytea    STORAGE EXTERNAL,
        PRIMARY KEY (business_id, id),
        FOREIGN KEY (business_id, endpoint_id) REFERENCES dispatcher.endpoints (business_id, id)
      );
      -- Only what is not done is in an index besides the key, so a good delivery costs one index entry.
      CREATE INDEX deliveries_backlog ON dispatcher.deliveries (business_id, endpoint_id, id) WHERE state = 'pending' AND NOT aside;
      CREATE INDEX deliveries_aside ON dispatcher.deliveries (next_attempt_at) WHERE state = 'pending' AND aside;
      CREATE INDEX deliveries_dead ON dispatcher.deliveries (business_id, endpoint_id, id) WHERE state = 'dead';

      -- What a redelivered message meets: its endpoint is done with so many of the message's leading events, because they
      -- were delivered or are kept in a pending row. No foreign key to deliveries: both are written by one statement, and
      -- these rows are dropped much earlier.
      CREATE TABLE dispatcher.delivery_sources (
        business_id bigint  NOT NULL,
        outbox_id   bigint  NOT NULL,
        endpoint_id text    NOT NULL,
        events      integer NOT NULL,
        delivery_id bigint  NOT NULL,
        PRIMARY KEY (business_id, outbox_id, endpoint_id)
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE dispatcher.delivery_sources, dispatcher.deliveries, dispatcher.endpoints');
  }
}
