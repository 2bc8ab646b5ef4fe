import type { MediaId, MessageId } from './ids.js';
import type { TemplateComponentValue } from './template.js';

/** What a message says. One shape for both directions and for every dialect and carrier. */
export type Body = OutboundBody | InboundBody;

/** What a business can send. */
export type OutboundBody = TextBody | MediaBody | LocationBody | ContactsBody | ReactionBody | InteractiveBody | TemplateBody;

/** What a customer can send. */
export type InboundBody =
  | TextBody
  | MediaBody
  | LocationBody
  | ContactsBody
  | ReactionBody
  | ButtonReplyBody
  | InteractiveReplyBody
  | OrderBody
  | RequestWelcomeBody
  | SystemBody
  | UnsupportedBody;

export interface TextBody {
  readonly type: 'text';
  /** 1 to 4,096 characters. */
  readonly text: string;
  readonly previewUrl?: boolean | undefined;
}

export type MediaKind = 'image' | 'audio' | 'video' | 'document' | 'sticker';

export interface MediaBody {
  readonly type: MediaKind;
  readonly media: MediaRef;
  readonly caption?: string | undefined;
  /** Documents only. */
  readonly filename?: string | undefined;
  /** Audio only: a voice note. */
  readonly voice?: boolean | undefined;
  /** Stickers only. */
  readonly animated?: boolean | undefined;
}

/** Media kept by the node, or a link that core fetches (under the SSRF rules) before the message leaves. */
export type MediaRef =
  | { readonly id: MediaId; readonly mimeType?: string | undefined; readonly sha256?: string | undefined }
  | { readonly link: string; readonly provider?: string | undefined };

export interface LocationBody {
  readonly type: 'location';
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly url?: string | undefined;
}

export interface ContactsBody {
  readonly type: 'contacts';
  readonly contacts: readonly ContactCard[];
}

export interface ContactCard {
  readonly name: {
    readonly formatted_name: string;
    readonly first_name?: string | undefined;
    readonly last_name?: string | undefined;
    readonly middle_name?: string | undefined;
    readonly prefix?: string | undefined;
    readonly suffix?: string | undefined;
  };
  readonly birthday?: string | undefined;
  readonly addresses?: readonly Readonly<Record<string, string>>[] | undefined;
  readonly emails?: readonly Readonly<Record<string, string>>[] | undefined;
  readonly org?: Readonly<Record<string, string>> | undefined;
  readonly phones?: readonly Readonly<Record<string, string>>[] | undefined;
  readonly urls?: readonly Readonly<Record<string, string>>[] | undefined;
  readonly ims?: readonly Readonly<Record<string, string>>[] | undefined;
}

export interface ReactionBody {
  readonly type: 'reaction';
  readonly messageId: MessageId;
  /** Empty: the reaction is taken back. */
  readonly emoji: string;
}

/** Lists, buttons, flows …: their JSON is the same in every dialect, so it is kept as it is once it has been validated. */
export interface InteractiveBody {
  readonly type: 'interactive';
  readonly interactive: Readonly<Record<string, unknown>> & { readonly type: string };
}

export interface TemplateBody {
  readonly type: 'template';
  readonly name: string;
  readonly language: string;
  /** On-Premises only; checked against the WABA's when given. */
  readonly namespace?: string | undefined;
  readonly components: readonly TemplateComponentValue[];
}

/** A tap on a template's quick reply. */
export interface ButtonReplyBody {
  readonly type: 'button';
  readonly text: string;
  readonly payload?: string | undefined;
}

/** A tap in an interactive message: `button_reply`, `list_reply` or `nfm_reply`. */
export interface InteractiveReplyBody {
  readonly type: 'interactive_reply';
  readonly reply: Readonly<Record<string, unknown>> & { readonly type: string };
}

export interface OrderBody {
  readonly type: 'order';
  readonly catalogId: string;
  readonly text?: string | undefined;
  readonly items: readonly {
    readonly productRetailerId: string;
    readonly quantity: number;
    readonly itemPrice: number;
    readonly currency: string;
  }[];
}

/** The customer has opened the chat of a business that greets, and has never written to it. */
export interface RequestWelcomeBody {
  readonly type: 'request_welcome';
}

export interface SystemBody {
  readonly type: 'system';
  readonly kind: 'user_changed_number' | 'user_identity_changed';
  readonly text: string;
  readonly newWaId?: string | undefined;
  readonly identity?: string | undefined;
}

export interface UnsupportedBody {
  readonly type: 'unsupported';
  /** What it is, such as `poll` or `edit`. */
  readonly kind?: string | undefined;
  /** Why the business does not get it: nobody knows its type (default), its media cannot be had, or it is not there any more. */
  readonly reason?: 'type' | 'media' | 'gone' | undefined;
}

/** Where a customer's message comes from, when that is not just the customer: an advertisement, a product, another chat. */
export interface InboundOrigin {
  readonly referral?: Referral | undefined;
  readonly product?: { readonly catalogId: string; readonly productRetailerId: string } | undefined;
  /** Passed on from another chat; `often`: more than five times. */
  readonly forwarded?: 'once' | 'often' | undefined;
}

/** The advertisement or post through which a customer came. Its presence is what a free entry point opens by. */
export interface Referral {
  readonly sourceUrl: string;
  readonly sourceId: string;
  readonly sourceType: 'ad' | 'post';
  readonly headline?: string | undefined;
  readonly body?: string | undefined;
  readonly media?:
    | { readonly type: 'image' | 'video'; readonly url?: string | undefined; readonly thumbnailUrl?: string | undefined }
    | undefined;
  /** Names the click; absent where the placement gives none. */
  readonly clickId?: string | undefined;
  readonly welcomeText?: string | undefined;
}

const INDIA = '91';

/** An address is asked for in the recipient's own country, and there is a form for one country alone. */
export function isAskedInItsCountry(body: OutboundBody, waId: string): boolean {
  return body.type !== 'interactive' || body.interactive.type !== 'address_message' || waId.startsWith(INDIA);
}

/** How far a message has come; only audio is `played`. `unknown`: the carrier's answer was cut off; shown, and never resent blindly. */
export type MessageStatus = 'accepted' | 'queued' | 'unknown' | 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'expired';

const rank: Record<MessageStatus, number> = {
  accepted: 0,
  queued: 1,
  unknown: 2,
  sent: 3,
  delivered: 4,
  read: 5,
  played: 6,
  // terminals
  failed: 9,
  expired: 9,
};

/**
 * Whether a receipt moves a message on. Status only moves forward: a later step overtakes an earlier one, a failure ends a
 * message that has not been delivered, and nothing follows a terminal status, with one exception: proof of delivery
 * corrects an `unknown` (and any step may resolve it).
 */
export function advances(from: MessageStatus, to: MessageStatus): boolean {
  if (isTerminal(from)) return false;
  if (isTerminal(to)) return rank[from] < rank.delivered;
  if (to === 'unknown') return rank[from] < rank.unknown;
  return rank[to] > rank[from];
}

export function isTerminal(status: MessageStatus): boolean {
  return status === 'failed' || status === 'expired';
}

/** What has become of a message on its way to where it is now, in order: who has read it was sent it, and has it on the device. */
export const passedBy: Readonly<Record<MessageStatus, readonly MessageStatus[]>> = {
  accepted: [],
  queued: [],
  unknown: [],
  sent: [],
  delivered: ['sent'],
  read: ['sent', 'delivered'],
  played: ['sent', 'delivered', 'read'],
  failed: [],
  expired: [],
};

/** True for the statuses that mean "it was on the device". */
export function isDelivery(status: MessageStatus): boolean {
  return status === 'delivered' || status === 'read' || status === 'played';
}
