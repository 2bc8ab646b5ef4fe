import type { AppId, BusinessId, HandsetId, PhoneNumberId } from './ids.js';

/** What a token of the Graph door may do; the platform's own names. */
export type Permission = 'whatsapp_business_messaging' | 'whatsapp_business_management' | 'business_management';

/** What an operator's token may do at the own door. */
export type Scope =
  | 'settings:read'
  | 'settings:write'
  | 'businesses:write'
  | 'templates:review'
  | 'consents:write'
  | 'billing:read'
  | 'handsets:write'
  | 'operators:write'
  | 'sandbox:clock';

export const allScopes: readonly Scope[] = [
  'settings:read',
  'settings:write',
  'businesses:write',
  'templates:review',
  'consents:write',
  'billing:read',
  'handsets:write',
  'operators:write',
  'sandbox:clock',
];

/** Who a token speaks for. */
export type Principal =
  | {
      readonly kind: 'system-user';
      readonly id: string;
      readonly businessId: BusinessId;
      readonly appId: AppId | undefined;
      readonly permissions: readonly Permission[];
      /** WABA ids the token may touch, or every WABA of the business. */
      readonly wabas: 'all' | readonly string[];
    }
  | { readonly kind: 'app'; readonly id: string; readonly businessId: BusinessId; readonly appId: AppId }
  | {
      readonly kind: 'on-prem-user';
      readonly id: string;
      readonly businessId: BusinessId;
      /** The number this On-Premises installation speaks for. */
      readonly phoneNumberId: PhoneNumberId;
      readonly username: string;
      readonly role: 'admin' | 'user';
    }
  /** `businessId` undefined: an operator of the node; else one business's own administrator. */
  | {
      readonly kind: 'operator';
      readonly id: string;
      readonly businessId: BusinessId | undefined;
      readonly scopes: readonly Scope[];
    }
  | { readonly kind: 'handset'; readonly id: string; readonly handsetId: HandsetId };

export type Door = 'on-prem' | 'graph' | 'admin' | 'handset';
