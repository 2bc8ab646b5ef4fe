import { type HandsetMessage, linkedMediaOf, type MediaId, type MediaRef, withKeptHeader, withKeptMedia } from '#domain';
import type { Database, NodeKeys } from '#postgres';

const FETCHED = {
  name: 'fetched-links',
  text: `SELECT l.business_id, l.phone_number_id, encode(l.url_hash, 'base64') AS hash, m.id, m.mime_type, m.sha256
         FROM unnest($1::int8[], $2::int8[], $3::bytea[]) AS w (business_id, phone_number_id, url_hash)
         JOIN core.media_links l USING (business_id, phone_number_id, url_hash)
         JOIN core.media m ON m.business_id = l.business_id AND m.id = l.media_id`,
};

/** A message as it is stored: it still says the links. */
export interface LinkedMessage {
  readonly businessId: string;
  readonly phoneNumberId: string;
  readonly message: HandsetMessage;
}

/** What customers are shown: in place of each link the media that the node has fetched for it, under which they download it. */
export async function withFetchedLinks(
  db: Database,
  keys: NodeKeys,
  stored: readonly LinkedMessage[],
): Promise<readonly HandsetMessage[]> {
  const wanted = stored.flatMap(({ businessId, phoneNumberId, message }) =>
    linkedMediaOf(message.body).map(({ link }) => ({ businessId, phoneNumberId, hash: hashOf(keys, link) })),
  );
  if (wanted.length === 0) return stored.map(({ message }) => message);
  const rows = await db.query<{
    business_id: string;
    phone_number_id: string;
    hash: string;
    id: MediaId;
    mime_type: string;
    sha256: string;
  }>(FETCHED, [wanted.map((one) => one.businessId), wanted.map((one) => one.phoneNumberId), wanted.map((one) => one.hash)]);
  const found = new Map(
    rows.map((row): [string, MediaRef] => [
      `${row.business_id}/${row.phone_number_id}/${row.hash}`,
      { id: row.id, mimeType: row.mime_type, sha256: row.sha256 },
    ]),
  );
  return stored.map(({ businessId, phoneNumberId, message }) => {
    const kept = (link: string): MediaRef | undefined =>
      found.get(`${businessId}/${phoneNumberId}/${hashOf(keys, link).toString('base64')}`);
    const { body, filled } = message;
    return { ...message, body: withKeptMedia(body, kept), filled: filled && withKeptHeader(filled, kept) };
  });
}

function hashOf(keys: NodeKeys, link: string): Buffer {
  return keys.index(`media-link|${link}`);
}
