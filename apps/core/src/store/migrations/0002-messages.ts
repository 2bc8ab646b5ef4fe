import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Customers, messages, conversations and the ledger; the outbox; lanes; the handset network.
 *
 * Rows of a business have the business first in their keys. What belongs to the node as a whole says so where it is made.
 * Row ids are ordered by time (`firstIdAt`), so `id` is also what messages, statuses and the outbox are partitioned by; the
 * partitions themselves are made ahead by the node (`store/partitions.ts`).
 */
export class Messages0002 implements MigrationInterface {
  readonly name = 'Messages1767225600002';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- A person a business talks to. Who it is is sealed with a key of their own, itself wrapped by the node's key:
      -- destroying wrapped_key erases the person. wa_hash is a keyed hash, for look-ups only.
      CREATE TABLE core.customers (
        business_id bigint NOT NULL REFERENCES core.businesses (id),
        id          bigint NOT NULL,
        wa_hash     bytea  NOT NULL,
        identity    bytea  NOT NULL,
        wrapped_key bytea  NOT NULL,
        consent     smallint NOT NULL DEFAULT 0,
        created_at  bigint NOT NULL,
        PRIMARY KEY (business_id, id),
        UNIQUE (business_id, wa_hash)
      );
      ALTER TABLE core.consents ADD FOREIGN KEY (business_id, customer_id) REFERENCES core.customers (business_id, id);

      -- One customer and one number: the customer service window, and how far the business has read.
      CREATE TABLE core.threads (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        customer_id     bigint NOT NULL,
        window_until    bigint,
        read_until      bigint,
        blocked         boolean NOT NULL DEFAULT false,
        PRIMARY KEY (business_id, phone_number_id, customer_id),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id),
        FOREIGN KEY (business_id, customer_id) REFERENCES core.customers (business_id, id)
      ) WITH (fillfactor = 80);

      -- Written once. content is sealed with the customer's key.
      CREATE TABLE core.messages (
        business_id     bigint NOT NULL,
        id              bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        customer_id     bigint NOT NULL,
        inbound         boolean NOT NULL,
        type            text   NOT NULL,
        template_id     bigint,
        context_id      bigint,
        expires_at      bigint,
        content         bytea  NOT NULL,
        PRIMARY KEY (business_id, id),
        FOREIGN KEY (business_id, phone_number_id, customer_id) REFERENCES core.threads (business_id, phone_number_id, customer_id)
      ) PARTITION BY RANGE (id);
      CREATE INDEX messages_of_customer ON core.messages (business_id, customer_id, id);

      -- The only row of a message that is ever updated, so it is narrow and has room for HOT updates. Each step keeps the
      -- time of its first receipt, also one that came late and changed nothing. Without a row, a message is accepted. No foreign
      -- key to messages: whoever writes a row has the message at hand, and both are dropped together by partition.
      CREATE TABLE core.message_status (
        business_id  bigint NOT NULL,
        id           bigint NOT NULL,
        status       smallint NOT NULL,
        sent_at      bigint,
        delivered_at bigint,
        read_at      bigint,
        ended_at     bigint,
        failure      text,
        PRIMARY KEY (business_id, id)
      ) PARTITION BY RANGE (id);

      -- What is billed; opened by a delivered message.
      CREATE TABLE core.conversations (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        customer_id     bigint NOT NULL,
        id              bigint NOT NULL,
        category        text   NOT NULL,
        opened_at       bigint NOT NULL,
        expires_at      bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id, customer_id, id),
        FOREIGN KEY (business_id, phone_number_id, customer_id) REFERENCES core.threads (business_id, phone_number_id, customer_id)
      );

      -- One line per billable fact; never changed. chain_sequence names the link that covers the line.
      CREATE TABLE core.ledger (
        business_id     bigint NOT NULL,
        id              bigint NOT NULL,
        fact            text   NOT NULL,
        waba_id         bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        conversation_id bigint NOT NULL,
        category        text   NOT NULL,
        at              bigint NOT NULL,
        chain_sequence  bigint NOT NULL,
        PRIMARY KEY (business_id, id),
        UNIQUE (business_id, fact),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );
      CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core.ledger
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_rewrite();

      -- A cache of the ledger: can be dropped, rebuilt and compared.
      CREATE TABLE core.conversation_counters (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        day             date   NOT NULL,
        category        text   NOT NULL,
        conversations   bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id, day, category),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );

      -- Answers kept for equal requests. key_hash covers door, route and key.
      CREATE TABLE core.idempotency_keys (
        business_id bigint NOT NULL REFERENCES core.businesses (id),
        key_hash    bytea  NOT NULL,
        fingerprint bytea  NOT NULL,
        message_id  bigint NOT NULL,
        created_at  bigint NOT NULL,
        PRIMARY KEY (business_id, key_hash)
      );
      CREATE INDEX idempotency_keys_age ON core.idempotency_keys (created_at);

      -- From here on: the node's own machinery, which serves all businesses alike.

      -- A batch that still has to reach its carrier. One row a batch and holder; deleted with its last outcome.
      CREATE TABLE core.dispatches (
        id           bigint PRIMARY KEY,
        holder       text NOT NULL,
        attempted    boolean NOT NULL DEFAULT false,
        business_ids bigint[] NOT NULL,
        message_ids  bigint[] NOT NULL
      );
      CREATE INDEX dispatches_of_holder ON core.dispatches (holder, id);

      -- Cores that are alive. Leases are judged by this database's own clock, the one clock that all cores share.
      CREATE TABLE core.cores (
        instance     text PRIMARY KEY,
        leased_until timestamptz NOT NULL
      );
      CREATE TABLE core.lanes (
        lane   smallint PRIMARY KEY,
        holder text NOT NULL
      );

      -- One row holds one commit's events, sealed with the node's key, for the businesses of that commit.
      CREATE TABLE core.outbox (
        id        bigint NOT NULL PRIMARY KEY,
        subject   text NOT NULL,
        published boolean NOT NULL DEFAULT false,
        payload   bytea NOT NULL
      ) PARTITION BY RANGE (id);
      ALTER TABLE core.outbox ALTER COLUMN payload SET STORAGE EXTERNAL;
      CREATE INDEX outbox_unpublished ON core.outbox (id) WHERE NOT published;

      -- Which event stream the outbox was last published into: another one begins empty and is filled again.
      CREATE TABLE core.event_stream (
        singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        epoch text NOT NULL
      );

      -- Subscribers of the built-in handset network: people, not customers of one business.
      CREATE TABLE core.handsets (
        id         bigint PRIMARY KEY,
        wa_hash    bytea NOT NULL UNIQUE,
        identity   bytea NOT NULL,
        token_hash bytea NOT NULL UNIQUE,
        online     boolean NOT NULL DEFAULT true,
        created_at bigint NOT NULL
      );
      -- Messages for a handset that is away.
      CREATE TABLE core.handset_waiting (
        handset_id  bigint NOT NULL REFERENCES core.handsets (id),
        business_id bigint NOT NULL,
        message_id  bigint NOT NULL,
        expires_at  bigint NOT NULL,
        PRIMARY KEY (handset_id, message_id)
      );
      CREATE INDEX handset_waiting_expiry ON core.handset_waiting (expires_at);
      -- What the network itself tells a handset, such as a verification code.
      CREATE TABLE core.handset_notices (
        handset_id bigint NOT NULL REFERENCES core.handsets (id),
        id         bigint NOT NULL,
        content    bytea NOT NULL,
        read       boolean NOT NULL DEFAULT false,
        PRIMARY KEY (handset_id, id)
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE core.consents DROP CONSTRAINT consents_business_id_customer_id_fkey;
      DROP TABLE core.handset_notices, core.handset_waiting, core.handsets, core.event_stream, core.outbox, core.lanes, core.cores, core.dispatches,
        core.idempotency_keys, core.conversation_counters, core.ledger, core.conversations, core.message_status, core.messages,
        core.threads, core.customers;
    `);
  }
}
