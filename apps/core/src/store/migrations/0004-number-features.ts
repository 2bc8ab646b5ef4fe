import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What hangs on a number: profile, automation, settings and the like; QR codes; addresses that take a number's or a WABA's
 * `messages` away from the app's; who is blocked; and numbers that a business holds without a WABA yet.
 */
export class NumberFeatures0004 implements MigrationInterface {
  readonly name = 'NumberFeatures1767225600004';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- new_display_name: what was asked for and is under review. username is unique in the node.
      ALTER TABLE core.phone_numbers
        ADD COLUMN new_display_name  text,
        ADD COLUMN new_name_status   text NOT NULL DEFAULT 'NONE',
        ADD COLUMN search_visibility text NOT NULL DEFAULT 'VISIBLE',
        ADD COLUMN username          text CONSTRAINT phone_numbers_username UNIQUE;

      -- One row for each thing that is kept of a number; its content is sealed with the node's key. The id is the node that
      -- clients read it by.
      CREATE TABLE core.number_features (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        feature         text   NOT NULL,
        id              bigint NOT NULL UNIQUE,
        content         bytea  NOT NULL,
        changed_at      bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id, feature),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );

      -- A code leads customers to a number with a message to begin with, which is sealed with the node's key. Codes are
      -- unique in the node, because a link names nothing else.
      CREATE TABLE core.qr_codes (
        business_id       bigint NOT NULL,
        phone_number_id   bigint NOT NULL,
        id                bigint NOT NULL,
        code              text   NOT NULL UNIQUE,
        prefilled_message bytea  NOT NULL,
        created_at        bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id, id),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );

      -- A business holds a number before it belongs to a WABA; it is taken over when it is added to one.
      CREATE TABLE core.held_numbers (
        business_id bigint NOT NULL REFERENCES core.businesses (id),
        id          bigint NOT NULL UNIQUE,
        number      text   NOT NULL CHECK (number ~ '^[0-9]{5,15}$'),
        created_at  bigint NOT NULL,
        PRIMARY KEY (business_id, id),
        CONSTRAINT held_numbers_number UNIQUE (business_id, number)
      );

      -- An address of its own for the messages of a WABA or of one number. verify_token is sealed with the node's key.
      ALTER TABLE core.waba_subscriptions
        ADD COLUMN override_endpoint_id  bigint UNIQUE,
        ADD COLUMN override_callback_uri text,
        ADD COLUMN override_verify_token bytea;
      CREATE TABLE core.number_webhooks (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        app_id          bigint NOT NULL,
        endpoint_id     bigint NOT NULL UNIQUE,
        callback_uri    text   NOT NULL,
        verify_token    bytea  NOT NULL,
        created_at      bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id, app_id),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id),
        FOREIGN KEY (business_id, app_id) REFERENCES core.apps (business_id, id)
      );

      -- Blocked customers of a number, in the order in which they were blocked.
      ALTER TABLE core.threads ADD COLUMN blocked_at bigint;
      CREATE INDEX threads_blocked ON core.threads (business_id, phone_number_id, blocked_at, customer_id) WHERE blocked;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP INDEX core.threads_blocked;
      ALTER TABLE core.threads DROP COLUMN blocked_at;
      DROP TABLE core.number_webhooks, core.held_numbers, core.qr_codes, core.number_features;
      ALTER TABLE core.waba_subscriptions
        DROP COLUMN override_endpoint_id, DROP COLUMN override_callback_uri, DROP COLUMN override_verify_token;
      ALTER TABLE core.phone_numbers
        DROP COLUMN new_display_name, DROP COLUMN new_name_status, DROP COLUMN search_visibility, DROP COLUMN username;
    `);
  }
}
