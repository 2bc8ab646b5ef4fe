import type { Body, FilledTemplate } from '#domain';
import { type CustomerKey, rowAad } from '#postgres';

/** What of a message is sealed with its customer's key. */
export interface MessageContent {
  readonly body: Body;
  /** What a template reads like. */
  readonly filled?: FilledTemplate | undefined;
  /** The client's own tracking text. */
  readonly opaque?: string | undefined;
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
