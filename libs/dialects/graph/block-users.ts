import { type Failure, failure, type Result } from '#domain';
import { Reader } from '#dialects/message-body';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';
import { failureTable, type GraphErrorAnswer, writeFailure } from './failures.js';

const MAX_USERS = 1_000;

/** `POST|DELETE /{phone-number-id}/block_users`: the people as the caller wrote them. */
export function readBlockUsers(parameters: unknown): Result<readonly string[]> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  reader.oneOf(json, '', 'messaging_product', ['whatsapp']);
  const users = reader.list(json, '', 'block_users', 1, MAX_USERS).map((user, index) => {
    const path = `block_users[${index}]`;
    const fields = reader.asObject(user, path);
    const key = fields['user'] === undefined && fields['user_id'] !== undefined ? 'user_id' : 'user';
    const value = fields[key];
    return reader.text({ [key]: typeof value === 'number' ? String(value) : value }, path, key, 256);
  });
  return reader.finish(users);
}

interface Outcome {
  readonly done: readonly { readonly input: string; readonly waId: string }[];
  readonly failed: readonly { readonly input: string; readonly waId: string | undefined; readonly failure: Failure }[];
}

export interface BlockUsersAnswer {
  readonly messaging_product: 'whatsapp';
  readonly block_users: Readonly<Record<string, unknown>>;
  readonly error?: GraphErrorAnswer['error'] | undefined;
}

/** When one has failed, the answer is a refusal that names those who have not. */
export function writeBlockOutcome(
  outcome: Outcome,
  act: 'block' | 'unblock',
  requestId: string,
): { readonly status: number; readonly body: BlockUsersAnswer } {
  const { done, failed } = outcome;
  const users = {
    [act === 'block' ? 'added_users' : 'removed_users']: done.map(({ input, waId }) => ({ input, wa_id: waId })),
  };
  if (failed.length === 0) return { status: 200, body: { messaging_product: 'whatsapp', block_users: users } };
  const detail = `Failed to ${act} some users, see the block_users response list for details`;
  const refusal = writeFailure(failure('block-failed', detail), { requestId });
  return {
    status: refusal.status,
    body: {
      messaging_product: 'whatsapp',
      block_users: {
        ...users,
        failed_users: failed.map(({ input, waId, failure: refused }) => ({
          input,
          ...(waId === undefined ? {} : { wa_id: waId }),
          errors: [writeError(refused)],
        })),
      },
      error: refusal.body.error,
    },
  };
}

function writeError({ code, detail }: Failure): Readonly<Record<string, unknown>> {
  const row = failureTable[code];
  const message = `(#${row.code}) ${row.title}`;
  return { message, code: row.code, error_data: { details: detail ?? row.title } };
}

const writer: NodeWriter<{ readonly waId: string }> = {
  messaging_product: () => 'whatsapp',
  wa_id: (user) => user.waId,
  // A customer is known by the number; there is no id beside it.
  id: () => undefined,
};

/** The fields of an entry of the list. */
export function chooseBlockedUserFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  return chooseFields(selection, writer, ['messaging_product', 'wa_id'], 'WhatsAppBlockedUser');
}

export function writeBlockedUser(user: { readonly waId: string }, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(user, names, writer);
}
