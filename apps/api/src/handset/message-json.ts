import { type BodyJson, graphMessageId, writeBody } from '#dialects/message-body';
import { type FilledTemplate, type HandsetMessage, unixSeconds } from '#domain';

/** A message as the customer's side shows it. */
export interface HandsetMessageJson {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly timestamp: string;
  readonly type: string;
  readonly status: string;
  readonly context?: { readonly message_id: string };
  /** What a template reads like. */
  readonly filled?: FilledTemplate;
  /** The content stands under the name of its type. */
  readonly [content: string]: unknown;
}

export function writeHandsetMessage(message: HandsetMessage): HandsetMessageJson {
  const { id, from, to, at, body, filled, contextId, status } = message;
  // What a business quotes or reacts to is, nearly always, what the customer wrote. Either direction is read alike.
  const quoted = (quotedId: typeof id): string => graphMessageId(quotedId, to, 'in');
  return {
    id: graphMessageId(id, to, 'out'),
    from,
    to,
    timestamp: String(unixSeconds(at)),
    ...(writeBody(body, { messageId: quoted }) satisfies BodyJson),
    ...(filled === undefined ? {} : { filled }),
    ...(contextId === undefined ? {} : { context: { message_id: quoted(contextId) } }),
    status,
  };
}
