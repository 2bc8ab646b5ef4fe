import type { HandsetId, HandsetMark, HandsetMessage, InboundBody, InboundOrigin, MessageId } from '#domain';
import type { Answered, Asked } from './caller.js';
import type { Idempotency } from './messages.js';
import { notice, subject } from './subjects.js';

/** A subscriber of the built-in handset network. The token is shown once. */
export const createHandset = subject<
  Asked<{ readonly waId: string; readonly name: string }>,
  Answered<{ readonly handsetId: HandsetId; readonly waId: string; readonly token: string }>
>('core.handset.create');

/** The newest messages this customer received, oldest first. */
export const listHandsetMessages = subject<
  Asked<{ readonly limit: number; readonly after?: MessageId | undefined }>,
  Answered<{ readonly messages: readonly HandsetMessage[] }>
>('core.handset.list');

/**
 * The customer writes. `to` is a business number (digits), undefined for the one this handset talked to last, or the only one.
 * `contextId` quotes a message.
 */
export const sendFromHandset = subject<
  Asked<{
    readonly to: string | undefined;
    readonly body: InboundBody;
    readonly contextId?: MessageId | undefined;
    readonly origin?: InboundOrigin | undefined;
    readonly idempotency?: Idempotency | undefined;
  }>,
  Answered<{
    /** That of the earlier message, when an idempotency key names one. */
    readonly id: MessageId;
    readonly to: string;
    /** The handset's own wa_id; the message's public id is made from it. */
    readonly from?: string | undefined;
  }>
>('core.handset.send');

/** What the handset did with messages: it has them, or their reader has seen them. Unknown ids are ignored one by one. */
export const handsetReceipts = subject<
  Asked<{ readonly receipts: readonly { readonly id: MessageId; readonly status: 'delivered' | 'read' | 'played' }[] }>,
  Answered<{ readonly recorded: number }>
>('core.handset.receipts');

export const setPresence = subject<Asked<{ readonly online: boolean }>, Answered<null>>('core.handset.presence');

/** A socket was opened for these handsets at one api instance; what waits for them is pushed there. */
export const attachHandsets = subject<
  { readonly instance: string; readonly tokenHashes: readonly string[] },
  Answered<{ readonly handsets: readonly ({ readonly handsetId: HandsetId; readonly waId: string } | null)[] }>
>('core.handset.attach');

export const detachHandsets = notice<{ readonly instance: string; readonly handsetIds: readonly HandsetId[] }>(
  'core.handset.detach',
);

export interface SocketReceipts {
  /** `waId` is the handset's own; what it says of other people's messages is ignored. */
  readonly receipts: readonly {
    readonly handsetId: HandsetId;
    readonly waId: string;
    readonly id: MessageId;
    readonly status: 'delivered' | 'read' | 'played';
  }[];
  /** The core that had pushed their messages, and does not answer any more. */
  readonly insteadOf?: string | undefined;
}

/** Receipts that came over a socket, to any core: when it is not known who pushed their messages, or who did is gone. */
export const socketReceipts = subject<SocketReceipts, Answered<{ readonly recorded: number }>>('core.handset.socket-receipts');

/** The same, to the core that pushed their messages: it told of their sending, and tells of the rest behind that. */
export const socketReceiptsTo = (core: string) =>
  subject<SocketReceipts, Answered<{ readonly recorded: number }>>(`core.handset.socket-receipts.${core}`);

/** Messages for the handsets attached at one api instance. */
export const pushToHandsets = (instance: string) =>
  notice<{
    /** Who pushes, and wants the receipts. */
    readonly core?: string | undefined;
    readonly messages: readonly { readonly handsetId: HandsetId; readonly message: HandsetMessage }[];
  }>(`api.handset.push.${instance}`);

/** Marks for the handsets attached at one api instance. */
export const markOnHandsets = (instance: string) =>
  notice<{ readonly marks: readonly HandsetMark[] }>(`api.handset.mark.${instance}`);

/**
 * What one core has learnt of handsets and all must know, because any of them may have a message for one: sockets that were
 * opened, handsets that go away or come back, messages that arrived. `core` is the teller, which need not listen to itself.
 */
export type HandsetNews = { readonly core: string } & (
  | { readonly kind: 'attached'; readonly instance: string; readonly handsetIds: readonly HandsetId[] }
  | { readonly kind: 'presence'; readonly handsetId: HandsetId; readonly online: boolean }
  | { readonly kind: 'confirmed'; readonly messages: readonly { readonly handsetId: HandsetId; readonly id: MessageId }[] }
);
export const handsetNews = notice<HandsetNews>('core.handset.news');

/** A core has started and knows of no socket: every api instance attaches its handsets again. */
export const handsetRollCall = notice<{ readonly core: string }>('core.handset.roll-call');
