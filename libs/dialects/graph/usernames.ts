import type { PhoneNumber, Result } from '#domain';
import { Reader } from '#dialects/message-body';

const MOST = 35;

/** `POST /{phone-number-id}/username`. A leading `@` is how people write such a name, and no part of it. */
export function readUsername(fields: unknown): Result<{ readonly username: string; readonly takeOver: boolean }> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(fields, '');
  const username = reader
    .text(json, '', 'username', MOST + 1)
    .trim()
    .replace(/^@/, '')
    .toLowerCase();
  const action =
    json['transfer_action'] === undefined ? 'none' : reader.oneOf(json, '', 'transfer_action', ['none', 'force_transfer']);
  if (!reader.failed && username === '') reader.invalid('username', 'must have 3 to 35 characters');
  return reader.finish({ username, takeOver: action === 'force_transfer' });
}

/** A name is good from the moment it was taken; without one there is nothing to say. */
export function writeUsername({ username }: Pick<PhoneNumber, 'username'>): { username?: string; status?: 'approved' } {
  return username === undefined ? {} : { username, status: 'approved' };
}

export function writeUsernameSuggestions(usernames: readonly string[]): {
  data: { username_suggestions: readonly string[] }[];
} {
  return { data: [{ username_suggestions: usernames }] };
}
