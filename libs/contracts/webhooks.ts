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

/** `POST /{waba-id}/subscribed_apps`: the calling app hears of this WABA. */
export const subscribeWaba = subject<Asked<{ readonly wabaId: string }>, Answered<null>>('core.webhooks.subscribe-waba');

export const unsubscribeWaba = subject<Asked<{ readonly wabaId: string }>, Answered<null>>('core.webhooks.unsubscribe-waba');

export const listSubscribedApps = subject<
  Asked<{ readonly wabaId: string }>,
  Answered<readonly { readonly appId: string; readonly name: string }[]>
>('core.webhooks.list-subscribed-apps');

/** On-Premises application settings of one installation, in the vendor's own names (`webhooks.url`, `callback_backoff_delay_ms` …). */
export type OnPremSettings = Readonly<Record<string, unknown>>;

export const readOnPremSettings = subject<Asked<object>, Answered<OnPremSettings>>('core.webhooks.read-on-prem-settings');

/** Merges; unknown names, wrong types and refused URLs change nothing. */
export const patchOnPremSettings = subject<Asked<{ readonly patch: OnPremSettings }>, Answered<null>>(
  'core.webhooks.patch-on-prem-settings',
);

export const resetOnPremSettings = subject<Asked<object>, Answered<null>>('core.webhooks.reset-on-prem-settings');
