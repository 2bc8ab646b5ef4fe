import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Businesses and what they own; who may speak for them; what the node itself remembers; the evidence of every change.
 *
 * Every row of a business carries the business first in its primary key, and every foreign key between such rows is
 * composite, so that a row cannot point into another business. Ids are also unique by themselves, because a caller names an
 * asset by its id alone. What belongs to the node as a whole says so where it is made. Times are milliseconds since 1970 by
 * the node's clock, and no column has a default that asks the server for the time.
 */
export class Assets0001 implements MigrationInterface {
  readonly name = 'Assets1767225600001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Evidence is only ever added: statements that rewrite it fail, whoever makes them.
      CREATE FUNCTION core.refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;

      -- Node-level: one row. Grows in the transaction of every change to assets and access, so whoever keeps such rows in
      -- memory reads this number with its batch, and drops what it kept when the number has moved.
      CREATE TABLE core.epochs (
        singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        value bigint NOT NULL
      );
      INSERT INTO core.epochs (value) VALUES (1);

      -- Node-level: one row each. The settings that an operator has set, how far the clock was moved, and which master key
      -- the rows were sealed with.
      CREATE TABLE core.node_settings (
        singleton       boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        settings   jsonb  NOT NULL,
        changed_at bigint NOT NULL
      );
      CREATE TABLE core.clock (
        singleton      boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        offset_ms bigint NOT NULL CHECK (offset_ms >= 0)
      );
      INSERT INTO core.clock (offset_ms) VALUES (0);
      CREATE TABLE core.node_key (
        singleton        boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        fingerprint text NOT NULL
      );

      CREATE TABLE core.businesses (
        id         bigint PRIMARY KEY,
        name       text   NOT NULL,
        created_at bigint NOT NULL
      );

      -- secret is sealed with the node's key; token_hash is the SHA-256 of the app token, '{id}|{secret}'.
      CREATE TABLE core.apps (
        business_id bigint NOT NULL REFERENCES core.businesses (id),
        id          bigint NOT NULL UNIQUE,
        name        text   NOT NULL,
        secret      bytea  NOT NULL,
        token_hash  bytea  NOT NULL UNIQUE,
        created_at  bigint NOT NULL,
        PRIMARY KEY (business_id, id)
      );

      CREATE TABLE core.wabas (
        business_id   bigint NOT NULL REFERENCES core.businesses (id),
        id            bigint NOT NULL UNIQUE,
        name          text   NOT NULL,
        currency      text   NOT NULL,
        timezone_id   text   NOT NULL,
        namespace     text   NOT NULL UNIQUE,
        opt_in_policy text   NOT NULL CHECK (opt_in_policy IN ('warn', 'refuse')),
        created_at    bigint NOT NULL,
        PRIMARY KEY (business_id, id)
      );

      -- number: digits with the country code. Anybody may add a number, only its holder can verify it; so it is unique in
      -- its business, and in the node once it is registered. pin_hash: argon2id.
      CREATE TABLE core.phone_numbers (
        business_id       bigint NOT NULL,
        id                bigint NOT NULL UNIQUE,
        waba_id           bigint NOT NULL,
        number            text   NOT NULL CHECK (number ~ '^[0-9]{5,15}$'),
        verified_name     text   NOT NULL,
        status            text   NOT NULL,
        code_verification text   NOT NULL,
        name_status       text   NOT NULL,
        quality_rating    text   NOT NULL,
        account_mode      text   NOT NULL,
        carrier           text   NOT NULL,
        is_registered     boolean NOT NULL,
        pin_hash          text,
        pin_wrong_guesses integer NOT NULL,
        pin_last_wrong_at bigint,
        created_at        bigint NOT NULL,
        registered_at     bigint,
        PRIMARY KEY (business_id, id),
        CONSTRAINT phone_numbers_number_in_business UNIQUE (business_id, number),
        FOREIGN KEY (business_id, waba_id) REFERENCES core.wabas (business_id, id)
      );
      CREATE UNIQUE INDEX phone_numbers_registered ON core.phone_numbers (number) WHERE is_registered;
      CREATE INDEX phone_numbers_of_waba ON core.phone_numbers (business_id, waba_id, created_at, id);

      -- code_hash is keyed, so that a dump does not give the six digits away.
      CREATE TABLE core.verification_codes (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        id              bigint NOT NULL,
        code_hash       bytea  NOT NULL,
        method          text   NOT NULL,
        language        text   NOT NULL,
        requested_at    bigint NOT NULL,
        wrong_guesses   integer NOT NULL,
        used_at         bigint,
        PRIMARY KEY (business_id, phone_number_id, id),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );

      -- Register and deregister calls, for their limits.
      CREATE TABLE core.number_attempts (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        id              bigint NOT NULL,
        kind            text   NOT NULL CHECK (kind IN ('register', 'deregister')),
        at              bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id, id),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );

      CREATE TABLE core.templates (
        business_id      bigint NOT NULL,
        id               bigint NOT NULL UNIQUE,
        waba_id          bigint NOT NULL,
        name             text   NOT NULL,
        language         text   NOT NULL,
        category         text   NOT NULL,
        status           text   NOT NULL,
        parameter_format text   NOT NULL,
        components       jsonb  NOT NULL,
        rejected_reason  text,
        created_at       bigint NOT NULL,
        reviewed_at      bigint,
        PRIMARY KEY (business_id, id),
        CONSTRAINT templates_name_language UNIQUE (business_id, waba_id, name, language),
        FOREIGN KEY (business_id, waba_id) REFERENCES core.wabas (business_id, id)
      );
      CREATE INDEX templates_of_waba ON core.templates (business_id, waba_id, created_at, id);

      -- hash: SHA-256 of the token. wabas null: every WABA of the business. expires_at null: it does not expire.
      CREATE TABLE core.tokens (
        business_id     bigint NOT NULL REFERENCES core.businesses (id),
        id              bigint NOT NULL UNIQUE,
        hash            bytea  NOT NULL UNIQUE,
        kind            text   NOT NULL CHECK (kind IN ('system-user', 'on-prem-user', 'operator')),
        name            text   NOT NULL,
        app_id          bigint,
        permissions     text[] NOT NULL,
        scopes          text[] NOT NULL,
        wabas           text[],
        phone_number_id bigint,
        username        text,
        issued_at       bigint NOT NULL,
        expires_at      bigint,
        revoked_at      bigint,
        PRIMARY KEY (business_id, id),
        FOREIGN KEY (business_id, app_id) REFERENCES core.apps (business_id, id),
        CHECK ((kind = 'on-prem-user') = (phone_number_id IS NOT NULL AND username IS NOT NULL))
      );

      -- Node-level: operators run the node and belong to no business.
      CREATE TABLE core.operator_tokens (
        id         bigint PRIMARY KEY,
        hash       bytea  NOT NULL UNIQUE,
        name       text   NOT NULL,
        scopes     text[] NOT NULL,
        issued_at  bigint NOT NULL,
        expires_at bigint,
        revoked_at bigint
      );

      -- A login names no number, so user names are unique in the node. password_hash: argon2id.
      CREATE TABLE core.on_prem_users (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        username        text   NOT NULL,
        role            text   NOT NULL CHECK (role IN ('admin', 'user')),
        password_hash   text   NOT NULL,
        must_change     boolean NOT NULL,
        created_at      bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id, username),
        CONSTRAINT on_prem_users_username UNIQUE (username),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );
      ALTER TABLE core.tokens ADD FOREIGN KEY (business_id, phone_number_id, username)
        REFERENCES core.on_prem_users (business_id, phone_number_id, username);

      -- Node-level: failed logins of a name, also of one that does not exist, so that both are slowed down alike. account is
      -- a keyed hash of the name.
      CREATE TABLE core.login_failures (
        account        bytea PRIMARY KEY,
        failures       integer NOT NULL,
        last_failed_at bigint NOT NULL
      );
      CREATE INDEX login_failures_age ON core.login_failures (last_failed_at);

      -- An On-Premises installation: what was set by its admin, over the factory defaults.
      CREATE TABLE core.on_prem_settings (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        endpoint_id     bigint NOT NULL UNIQUE,
        settings        jsonb  NOT NULL,
        changed_at      bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );

      -- Where an app wants webhooks. verify_token is sealed with the node's key.
      CREATE TABLE core.app_subscriptions (
        business_id  bigint NOT NULL,
        app_id       bigint NOT NULL,
        object       text   NOT NULL,
        endpoint_id  bigint NOT NULL UNIQUE,
        callback_url text   NOT NULL,
        verify_token bytea  NOT NULL,
        fields       text[] NOT NULL,
        version      text   NOT NULL,
        created_at   bigint NOT NULL,
        PRIMARY KEY (business_id, app_id, object),
        FOREIGN KEY (business_id, app_id) REFERENCES core.apps (business_id, id)
      );
      CREATE TABLE core.waba_subscriptions (
        business_id bigint NOT NULL,
        waba_id     bigint NOT NULL,
        app_id      bigint NOT NULL,
        created_at  bigint NOT NULL,
        PRIMARY KEY (business_id, waba_id, app_id),
        FOREIGN KEY (business_id, waba_id) REFERENCES core.wabas (business_id, id),
        FOREIGN KEY (business_id, app_id) REFERENCES core.apps (business_id, id)
      );

      -- The bytes lie in the media store under the same id. What a handset sends to two businesses has the same id in both,
      -- so the id is unique in its business only. removed_at: forgotten by the API, the bytes go with the next sweep at the
      -- latest. filename is sealed with the node's key.
      CREATE TABLE core.media (
        business_id     bigint NOT NULL,
        id              bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        origin          text   NOT NULL CHECK (origin IN ('upload', 'link', 'inbound')),
        mime_type       text   NOT NULL,
        sha256          text   NOT NULL,
        bytes           bigint NOT NULL,
        filename        bytea,
        created_at      bigint NOT NULL,
        expires_at      bigint NOT NULL,
        removed_at      bigint,
        PRIMARY KEY (business_id, id),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id)
      );
      CREATE INDEX media_by_id ON core.media (id);
      CREATE INDEX media_due ON core.media ((coalesce(removed_at, expires_at)));

      -- Node-level: what a handset has uploaded; it belongs to a person until a message brings it to a business.
      CREATE TABLE core.handset_media (
        id         bigint PRIMARY KEY,
        handset_id bigint NOT NULL,
        mime_type  text   NOT NULL,
        sha256     text   NOT NULL,
        bytes      bigint NOT NULL,
        filename   bytea,
        created_at bigint NOT NULL,
        expires_at bigint NOT NULL,
        removed_at bigint
      );
      CREATE INDEX handset_media_due ON core.handset_media ((coalesce(removed_at, expires_at)));

      -- Which media a link of a number was last fetched as; url_hash is a keyed hash of the exact address.
      CREATE TABLE core.media_links (
        business_id     bigint NOT NULL,
        phone_number_id bigint NOT NULL,
        url_hash        bytea  NOT NULL,
        media_id        bigint NOT NULL,
        fetched_at      bigint NOT NULL,
        PRIMARY KEY (business_id, phone_number_id, url_hash),
        FOREIGN KEY (business_id, phone_number_id) REFERENCES core.phone_numbers (business_id, id),
        FOREIGN KEY (business_id, media_id) REFERENCES core.media (business_id, id) ON DELETE CASCADE
      );
      CREATE INDEX media_links_of_media ON core.media_links (business_id, media_id);

      -- Who changed what; never changed itself. Digests are of what was there before and after, never of secrets.
      -- business_id 0: a change of the node, so there is no foreign key. chain_sequence names the link that covers the row.
      CREATE TABLE core.audit (
        business_id    bigint NOT NULL,
        id             bigint NOT NULL,
        at             bigint NOT NULL,
        actor_kind     text   NOT NULL,
        actor_id       text   NOT NULL,
        action         text   NOT NULL,
        object         text   NOT NULL,
        before_digest  text,
        after_digest   text,
        result         text   NOT NULL,
        request_id     text   NOT NULL,
        ip             text,
        chain_sequence bigint NOT NULL,
        PRIMARY KEY (business_id, id)
      );
      CREATE INDEX audit_of_link ON core.audit (business_id, chain_sequence);
      CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core.audit
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_rewrite();

      -- Chains of evidence: 'audit', 'consents', 'ledger' of each business (0: the node, so there is no foreign key). The
      -- head is locked while a link is added; the links themselves are never changed.
      CREATE TABLE core.chain_heads (
        business_id bigint NOT NULL,
        chain       text   NOT NULL,
        sequence    bigint NOT NULL,
        hash        text   NOT NULL,
        PRIMARY KEY (business_id, chain)
      ) WITH (fillfactor = 50);
      CREATE TABLE core.chain_links (
        business_id bigint NOT NULL,
        chain       text   NOT NULL,
        sequence    bigint NOT NULL,
        hash        text   NOT NULL,
        PRIMARY KEY (business_id, chain, sequence)
      );
      CREATE TRIGGER chain_links_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core.chain_links
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_rewrite();

      -- Acts of consent of a customer; evidence, so only ever added. content (source, purpose, proof) is sealed with the
      -- customer's own key. The customers themselves are made by the next migration, which also adds the foreign key.
      CREATE TABLE core.consents (
        business_id    bigint NOT NULL REFERENCES core.businesses (id),
        customer_id    bigint NOT NULL,
        id             bigint NOT NULL,
        state          text   NOT NULL CHECK (state IN ('opted-in', 'opted-out')),
        content        bytea  NOT NULL,
        given_at       bigint NOT NULL,
        recorded_at    bigint NOT NULL,
        chain_sequence bigint NOT NULL,
        PRIMARY KEY (business_id, customer_id, id)
      );
      CREATE INDEX consents_of_link ON core.consents (business_id, chain_sequence);
      CREATE TRIGGER consents_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core.consents
        FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_rewrite();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE core.consents, core.chain_links, core.chain_heads, core.audit, core.media_links, core.handset_media, core.media,
        core.waba_subscriptions, core.app_subscriptions, core.on_prem_settings, core.login_failures, core.operator_tokens,
        core.tokens, core.on_prem_users, core.templates, core.number_attempts, core.verification_codes, core.phone_numbers,
        core.wabas, core.apps, core.businesses, core.node_key, core.clock, core.node_settings, core.epochs;
      DROP FUNCTION core.refuse_rewrite;
    `);
  }
}
