import type { TemplateId, WabaId } from './ids.js';
import type { MediaRef } from './message.js';

export type TemplateCategory = 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';
export type TemplateStatus =
  'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED' | 'IN_APPEAL' | 'PENDING_DELETION' | 'DELETED' | 'ARCHIVED';

/** A reviewed component as its author wrote it, in the platform's own JSON. */
export interface TemplateComponent {
  readonly type: 'HEADER' | 'BODY' | 'FOOTER' | 'BUTTONS' | 'LIMITED_TIME_OFFER' | 'CAROUSEL';
  readonly format?: 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | 'LOCATION' | 'PRODUCT' | undefined;
  readonly text?: string | undefined;
  /** Of the fixed text of one-time passwords: its second sentence, and what its footer says of how long they are good. */
  readonly add_security_recommendation?: boolean | undefined;
  readonly code_expiration_minutes?: number | undefined;
  readonly buttons?: readonly TemplateButton[] | undefined;
  readonly limited_time_offer?: { readonly text: string; readonly has_expiration: boolean } | undefined;
  readonly cards?: readonly TemplateCard[] | undefined;
  readonly example?: Readonly<Record<string, unknown>> | undefined;
  /** The file that a header's example names by its handle. */
  readonly sample?: TemplateSample | undefined;
}

/** An uploaded file that shows its reviewer what a header will look like. */
export interface TemplateSample {
  readonly fileId: string;
  readonly mimeType: string;
}

/** One card of a carousel: a header, buttons, and a body on all cards or on none. */
export interface TemplateCard {
  readonly components: readonly TemplateComponent[];
}

export interface TemplateButton {
  readonly type:
    | 'QUICK_REPLY'
    | 'URL'
    | 'PHONE_NUMBER'
    | 'COPY_CODE'
    | 'OTP'
    | 'FLOW'
    | 'CATALOG'
    | 'MPM'
    | 'SPM'
    | 'ORDER_DETAILS'
    | 'VOICE_CALL'
    | 'REQUEST_CONTACT_INFO';
  readonly text?: string | undefined;
  readonly url?: string | undefined;
  readonly phone_number?: string | undefined;
  /** OTP: how the app gets the password, and which apps may. */
  readonly otp_type?: 'COPY_CODE' | 'ONE_TAP' | 'ZERO_TAP' | undefined;
  readonly autofill_text?: string | undefined;
  readonly zero_tap_terms_accepted?: boolean | undefined;
  readonly package_name?: string | undefined;
  readonly signature_hash?: string | undefined;
  readonly supported_apps?: readonly { readonly package_name: string; readonly signature_hash: string }[] | undefined;
  /** FLOW: which one, and where it begins. */
  readonly flow_id?: string | undefined;
  readonly flow_name?: string | undefined;
  readonly flow_json?: string | undefined;
  readonly flow_action?: 'navigate' | 'data_exchange' | undefined;
  readonly navigate_screen?: string | undefined;
  /** VOICE_CALL: how long it may be tapped. */
  readonly ttl_minutes?: number | undefined;
  readonly example?: unknown;
}

export interface Template {
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  readonly status: TemplateStatus;
  readonly parameterFormat: 'POSITIONAL' | 'NAMED';
  readonly components: readonly TemplateComponent[];
}

/** A template with its id and its home. */
export interface StoredTemplate extends Template {
  readonly id: TemplateId;
  readonly wabaId: WabaId;
  readonly rejectedReason: string | undefined;
}

/** What a send gives to fill a template with. */
export interface TemplateComponentValue {
  readonly type: 'header' | 'body' | 'button' | 'carousel' | 'limited_time_offer' | 'tap_target_configuration';
  readonly subType?: TemplateButtonKind | undefined;
  /** Buttons only: zero-based position. */
  readonly index?: number | undefined;
  readonly parameters: readonly TemplateParameter[];
  /** Carousels only: the values of each card. */
  readonly cards?: readonly { readonly index: number; readonly components: readonly TemplateComponentValue[] }[] | undefined;
}

export type TemplateButtonKind =
  'quick_reply' | 'url' | 'copy_code' | 'flow' | 'catalog' | 'mpm' | 'order_details' | 'voice_call';

export type TemplateParameter =
  | { readonly type: 'text'; readonly text: string; readonly name?: string | undefined }
  | { readonly type: 'currency'; readonly fallback: string; readonly code: string; readonly amount1000: number }
  | { readonly type: 'date_time'; readonly fallback: string }
  | { readonly type: 'image' | 'video' | 'document' | 'gif'; readonly media: MediaRef; readonly filename?: string | undefined }
  | { readonly type: 'location'; readonly location: Readonly<Record<string, unknown>> }
  | { readonly type: 'payload'; readonly payload: string }
  | { readonly type: 'other'; readonly value: Readonly<Record<string, unknown>> };

/** A template with its values put in: what the customer reads. */
export interface FilledTemplate {
  readonly header?: FilledHeader | undefined;
  readonly text: string;
  readonly footer?: string | undefined;
  readonly buttons: readonly FilledButton[];
  readonly offer?: FilledOffer | undefined;
  readonly cards?: readonly FilledCard[] | undefined;
}

export type FilledHeader =
  | { readonly text: string }
  | { readonly media: MediaRef; readonly kind: string }
  | { readonly location: Readonly<Record<string, unknown>> }
  | { readonly product: Readonly<Record<string, unknown>> };

/** An offer, and until when it is good where it says so; milliseconds since 1970. */
export interface FilledOffer {
  readonly text: string;
  readonly expiresAt?: number | undefined;
}

export interface FilledCard {
  readonly header?: FilledHeader | undefined;
  readonly text?: string | undefined;
  readonly buttons: readonly FilledButton[];
}

export interface FilledButton {
  readonly type: string;
  readonly text: string;
  /** What a tap brings back, or copies. */
  readonly payload?: string;
  readonly url?: string;
}

export const PLACEHOLDER = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;

/** One-time passwords are bound to a telephone number: their templates reach nobody by a business-scoped user id. */
export function needsNumber(template: Template): boolean {
  return template.components.some(({ buttons = [] }) => buttons.some(({ type }) => type === 'OTP'));
}

/** The placeholders of a text in order of appearance, each once. */
export function placeholders(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((match) => match[1] as string))];
}
