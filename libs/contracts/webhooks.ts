import type { Answered, Asked } from './caller.js';
import { subject } from './subjects.js';

/** Where a client wants webhooks. Core owns the subscription; the dispatcher keeps a copy and delivers. */
export type Endpoint = GraphEndpoint | OnPremEndpoint;

interface EndpointBase {
  readonly id: string;
  readonly businessId: string;
  /** Empty: configured, but there is nowhere to call yet; events are held. */
  readonly url: string;
}

export interface GraphEndpoint extends EndpointBase {
  readonly dialect: 'graph';
  readonly appId: string;
  /** Signs the bytes (`X-Hub-Signature-256`). */
  readonly appSecret: string;
  /** Subscribed webhook fields, such as `messages`. */
  readonly fields: readonly string[];
  /** WABAs that the app is subscribed to. */
  readonly wabaIds: readonly string[];
  /** Shape of the payload, such as `v23.0`. */
  readonly version: string;
  /** Only the messages of this number come here: it has an address of its own. */
  readonly onlyNumber?: string | undefined;
  /** WABAs and numbers whose messages go to an address of their own, and not here. */
  readonly messagesElsewhere?: readonly string[] | undefined;
}

export interface OnPremEndpoint extends EndpointBase {
  readonly dialect: 'on-prem';
  readonly phoneNumberId: string;
  readonly maxConcurrentRequests: number;
  readonly backoffStepMs: number;
  readonly backoffCeilingMs: number;
  readonly statuses: { readonly sent: boolean; readonly delivered: boolean; readonly read: boolean };
}

/** Core's answer to a dispatcher that starts: every endpoint there is. */
export const listEndpoints = subject<object, { readonly endpoints: readonly Endpoint[] }>('core.webhooks.endpoints');

/**
 * The platform's handshake, done by the dispatcher: `GET url?hub.mode=subscribe&hub.challenge=…&hub.verify_token=…` must answer
 * 200 with the challenge. Refused as `webhook-url-refused` or `webhook-handshake-failed`; takes at most 3 seconds.
 */
export const handshake = subject<{ readonly url: string; readonly verifyToken: string }, Answered<null>>(
  'dispatcher.webhooks.handshake',
);

/** Whether the node may call this address at all. */
export const checkUrl = subject<{ readonly url: string }, Answered<null>>('dispatcher.webhooks.check-url');

/** `POST /{app-id}/subscriptions`: done only after the handshake. */
export const subscribeApp = subject<
  Asked<{
    readonly appId: string;
    readonly object: string;
    readonly callbackUrl: string;
    readonly verifyToken: string;
    readonly fields: readonly string[];
    /** The path's version, or the node's newest. */
    readonly version: string;
  }>,
  Answered<null>
>('core.webhooks.subscribe-app');

export interface AppSubscription {
  readonly object: string;
  readonly callbackUrl: string;
  readonly fields: readonly { readonly name: string; readonly version: string }[];
  readonly active: boolean;
}

export const readAppSubscriptions = subject<Asked<{ readonly appId: string }>, Answered<readonly AppSubscription[]>>(
  'core.webhooks.read-app-subscriptions',
);

export const unsubscribeApp = subject<
  Asked<{ readonly appId: string; readonly object?: string | undefined; readonly fields?: readonly string[] | undefined }>,
  Answered<null>
>('core.webhooks.unsubscribe-app');

/** An address that takes messages away from the app's own; it must pass the handshake like any other. */
export interface CallbackOverride {
  readonly callbackUri: string;
  readonly verifyToken: string;
}

/** `POST /{waba-id}/subscribed_apps`: the calling app hears of this WABA; without an override, at its own address. */
export const subscribeWaba = subject<
  Asked<{ readonly wabaId: string; readonly override?: CallbackOverride | undefined }>,
  Answered<null>
>('core.webhooks.subscribe-waba');

/** Where the calling app hears of one number's messages; undefined: where it hears of the WABA's. */
export const overrideNumberWebhook = subject<
  Asked<{ readonly phoneNumberId: string; readonly override: CallbackOverride | undefined }>,
  Answered<null>
>('core.webhooks.override-number');

export const unsubscribeWaba = subject<Asked<{ readonly wabaId: string }>, Answered<null>>('core.webhooks.unsubscribe-waba');

export const listSubscribedApps = subject<Asked<{ readonly wabaId: string }>, Answered<readonly SubscribedApp[]>>(
  'core.webhooks.list-subscribed-apps',
);

export interface SubscribedApp {
  readonly appId: string;
  readonly name: string;
  readonly overrideCallbackUri?: string | undefined;
}

/** On-Premises application settings of one installation, in the vendor's own names (`webhooks.url`, `callback_backoff_delay_ms` …). */
export type OnPremSettings = Readonly<Record<string, unknown>>;

export const readOnPremSettings = subject<Asked<object>, Answered<OnPremSettings>>('core.webhooks.read-on-prem-settings');

/** Merges; unknown names, wrong types and refused URLs change nothing. */
export const patchOnPremSettings = subject<Asked<{ readonly patch: OnPremSettings }>, Answered<null>>(
  'core.webhooks.patch-on-prem-settings',
);

export const resetOnPremSettings = subject<Asked<object>, Answered<null>>('core.webhooks.reset-on-prem-settings');
