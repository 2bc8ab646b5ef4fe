import type { ContactCard } from '#domain';
import { join, type Json, type Reader } from './reader.js';

const NAME_FIELDS = new Set(['formatted_name', 'first_name', 'last_name', 'middle_name', 'prefix', 'suffix']);
const CONTACT_FIELDS = new Set(['name', 'birthday', 'addresses', 'emails', 'org', 'phones', 'urls', 'ims', 'vcard']);
const CONTACT_LISTS = {
  addresses: new Set(['street', 'city', 'state', 'zip', 'country', 'country_code', 'type']),
  emails: new Set(['email', 'type']),
  phones: new Set(['phone', 'type', 'wa_id']),
  urls: new Set(['url', 'type']),
  ims: new Set(['service', 'user_id', 'type']),
} as const;
const ORG_FIELDS = new Set(['company', 'department', 'title']);
const MAX_CARD_LIST = 100;
const MAX_CARD_TEXT = 1_024;

export function readContacts(reader: Reader, json: Json, maxContacts: number): readonly ContactCard[] {
  return reader
    .list(json, '', 'contacts', 1, maxContacts)
    .map((card, index) => readContact(reader, reader.asObject(card, `contacts[${index}]`), `contacts[${index}]`));
}

function readContact(reader: Reader, card: Json, path: string): ContactCard {
  reader.knows(card, path, CONTACT_FIELDS);
  const name = reader.object(card, path, 'name');
  const lists = Object.entries(CONTACT_LISTS).flatMap(([key, known]) => {
    const items = reader.optionalList(card, path, key, 0, MAX_CARD_LIST);
    if (!items) return [];
    const at = join(path, key);
    return [
      [key, items.map((item, index) => readWords(reader, reader.asObject(item, `${at}[${index}]`), `${at}[${index}]`, known))],
    ];
  });
  const org = reader.optionalObject(card, path, 'org');
  const birthday = reader.optionalText(card, path, 'birthday', 10);
  if (birthday !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(birthday)) {
    reader.invalid(join(path, 'birthday'), 'must be a date such as 1990-12-31');
  }
  reader.text(name, join(path, 'name'), 'formatted_name', MAX_CARD_TEXT);
  return {
    name: readWords(reader, name, join(path, 'name'), NAME_FIELDS) as ContactCard['name'],
    ...(birthday === undefined ? {} : { birthday }),
    ...(org === undefined ? {} : { org: readWords(reader, org, join(path, 'org'), ORG_FIELDS) }),
    ...(Object.fromEntries(lists) as Partial<ContactCard>),
  };
}

/** The known fields of an object that holds only texts; a number (a zip code, say) is taken as its digits. */
function readWords(reader: Reader, object: Json, path: string, known: ReadonlySet<string>): Record<string, string> {
  reader.knows(object, path, known);
  const words: Record<string, string> = {};
  for (const key of known) {
    const value = object[key];
    const word =
      typeof value === 'number' && Number.isFinite(value) ? String(value) : reader.optionalText(object, path, key, MAX_CARD_TEXT);
    if (word !== undefined) words[key] = word;
  }
  return words;
}
