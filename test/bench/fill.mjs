// Makes a node old: a million messages that were finished over the last month, as rows, with all that messages leave behind.
// What they say cannot be opened (nobody asks), everything else is as the node would have written it.
import { firstIdAt } from '#domain';
import { withClient } from '../../deploy/local/postgres.mjs';

const DAY_MS = 86_400_000;
const DAYS = 30;
const MESSAGES_AN_EVENT_ROW = 60;

export async function fill({ node }, messages, note = () => {}) {
  const today = Math.floor(Date.now() / DAY_MS);
  const each = Math.ceil(messages / DAYS);
  await withClient(node.postgres.superUrl.replace(/\/postgres$/, '/relais'), async (client) => {
    // What is checked by foreign keys row by row holds by construction here.
    await client.query(`SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '64MB'`);
    await client.query(`CREATE TEMP TABLE people AS
      SELECT row_number() OVER () - 1 AS n, t.business_id, t.phone_number_id, t.customer_id FROM core.threads t;
      CREATE UNIQUE INDEX ON people (n); ANALYZE people`);
    const people = Number((await client.query('SELECT count(*) FROM people')).rows[0].count);
    for (let day = today - DAYS; day < today; day++) {
      note(`${DAYS - (today - day)} of ${DAYS} days`);
      for (const table of ['messages', 'message_status']) await makePartition(client, table, day);
      const first = BigInt(firstIdAt(day * DAY_MS));
      const step = (BigInt(firstIdAt((day + 1) * DAY_MS)) - first) / BigInt(each + 1);
      const ids = `${first}::bigint + g * ${step}::bigint`;
      const from = (today - day) * each;
      const at = `${day * DAY_MS}::bigint + g * ${Math.floor(DAY_MS / (each + 1))}`;
      await client.query(`INSERT INTO core.messages (business_id, id, phone_number_id, customer_id, inbound, type, expires_at, content)
        SELECT p.business_id, ${ids}, p.phone_number_id, p.customer_id, false, 'text', ${at} + ${DAY_MS},
               (SELECT string_agg(sha256((g::text || b::text)::bytea), NULL) FROM generate_series(1, 2 + g % 40) b)
        FROM generate_series(1, ${each}) g JOIN people p ON p.n = (${from} + g * 7919::bigint) % ${people}`);
      await client.query(`INSERT INTO core.message_status (business_id, id, status, sent_at, delivered_at, read_at)
        SELECT p.business_id, ${ids}, 5, ${at} + 5, ${at} + 15, ${at} + 120
        FROM generate_series(1, ${each}) g JOIN people p ON p.n = (${from} + g * 7919::bigint) % ${people}`);
      await client.query(`INSERT INTO core.conversations (business_id, phone_number_id, customer_id, id, category, opened_at, expires_at)
        SELECT p.business_id, p.phone_number_id, p.customer_id, min(${ids}), 'SERVICE', min(${at}), min(${at}) + ${DAY_MS}
        FROM generate_series(1, ${each}) g JOIN people p ON p.n = (${from} + g * 7919::bigint) % ${people} GROUP BY 1, 2, 3`);
      await deliveries(client, { ids, at, rows: Math.ceil(each / MESSAGES_AN_EVENT_ROW) });
    }
    note('statistics');
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  });
}

async function makePartition(client, table, day) {
  const name = `${table}_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const options = table === 'message_status' ? 'WITH (fillfactor = 50)' : '';
  await client.query(`CREATE TABLE IF NOT EXISTS core.${name} PARTITION OF core.${table}
    FOR VALUES FROM (${firstIdAt(day * DAY_MS)}) TO (${firstIdAt((day + 1) * DAY_MS)}) ${options}`);
  await client.query(`ALTER TABLE core.${name} OWNER TO relais`);
}

/** What the dispatcher and the metrics wrote down of those messages' events. */
async function deliveries(client, { ids, at, rows }) {
  const endpoint = '(SELECT business_id, id FROM dispatcher.endpoints WHERE NOT removed LIMIT 1) e';
  await client.query(`INSERT INTO dispatcher.deliveries (business_id, id, endpoint_id, state, updates, attempts, created_at, settled_at, outcome)
    SELECT e.business_id, ${ids}, e.id, 'done', ${MESSAGES_AN_EVENT_ROW * 3}, 1, ${at}, ${at} + 5, '200'
    FROM generate_series(1, ${rows}) g, ${endpoint}`);
  await client.query(`INSERT INTO dispatcher.delivery_sources (business_id, outbox_id, endpoint_id, events, delivery_id)
    SELECT e.business_id, ${ids} + s, e.id, ${MESSAGES_AN_EVENT_ROW}, ${ids}
    FROM generate_series(1, ${rows}) g, generate_series(0, 2) s, ${endpoint}`);
  await client.query(`INSERT INTO quality.consumed (outbox_id, consumed_at)
    SELECT ${ids} + s, ${at} FROM generate_series(1, ${rows}) g, generate_series(0, 3) s`);
}
