import type { Body, Failure, FilledTemplate, InboundOrigin } from '#domain';
import { type CustomerKey, rowAad } from '#postgres';

/** What of a message is sealed with its customer's key. */
export interface MessageContent {
  readonly body: Body;
  /** What a template reads like. */
  readonly filled?: FilledTemplate | undefined;
  /** The client's own tracking text. */
  readonly opaque?: string | undefined;
  /** What the client takes the recipient's identity key to be. */
  readonly identityKeyHash?: string | undefined;
  /** It came by the route for marketing templates. */
  readonly isMarketing?: boolean | undefined;
  /** Accepted, and bound to fail for this reason. */
  readonly doom?: Failure | undefined;
  /** Inbound: the advertisement, product or other chat that it came from. */
  readonly origin?: InboundOrigin | undefined;
}

export function sealContent(key: CustomerKey, businessId: string, messageId: string, content: MessageContent): Buffer {
  return key.seal(JSON.stringify(content), aad(businessId, messageId));
}

export function openContent(key: CustomerKey, businessId: string, messageId: string, sealed: Buffer): MessageContent {
  return JSON.parse(key.open(sealed, aad(businessId, messageId))) as MessageContent;
}

function aad(businessId: string, messageId: string): string {
  return rowAad(businessId, 'messages', messageId, 'content');
}
