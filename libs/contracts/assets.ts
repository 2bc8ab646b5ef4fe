import type {
  ConsentRecord,
  ConsentState,
  OptInPolicy,
  StoredTemplate,
  TemplateCategory,
  TemplateComponent,
  TemplateId,
  TemplateStatus,
  Waba,
} from '#domain';
import type { Answered, Asked, Page, PageQuestion } from './caller.js';
import { subject } from './subjects.js';

/**
 * What a bare id names, so that `GET /{id}` can be answered. Only what the caller may see is found. `name` of a business or an
 * app, of which nothing else is told.
 */
export type NodeKind = 'business' | 'waba' | 'phone-number' | 'template' | 'media' | 'app' | 'profile' | 'automation';

export const findNode = subject<
  Asked<{ readonly id: string }>,
  Answered<{ readonly kind: NodeKind; readonly name?: string | undefined }>
>('core.assets.find-node');

/** How much of what an app may manage an account in an hour is used up. */
export interface ManagementUsage {
  readonly businessId: string;
  /** 0 to 100. */
  readonly percent: number;
  /** The call is beyond the limit and was not counted. */
  readonly isExceeded: boolean;
  /** Until the next one may be counted; 0 where it may be at once. */
  readonly regainSeconds: number;
}

/** To be asked before a call that manages a WABA or a phone number; without a usage there is nothing to count. */
export const countManagementCall = subject<
  Asked<{ readonly objectId: string }>,
  Answered<{ readonly usage?: ManagementUsage | undefined }>
>('core.assets.count-management-call');

export const createWaba = subject<
  Asked<{
    readonly businessId: string;
    readonly name: string;
    readonly currency?: string | undefined;
    readonly timezoneId?: string | undefined;
    readonly optInPolicy?: OptInPolicy | undefined;
  }>,
  Answered<Waba>
>('core.assets.create-waba');

export const readWaba = subject<Asked<{ readonly wabaId: string }>, Answered<Waba>>('core.assets.read-waba');

export const createTemplate = subject<
  Asked<{
    readonly wabaId: string;
    readonly name: string;
    readonly language: string;
    readonly category: TemplateCategory;
    readonly parameterFormat?: 'POSITIONAL' | 'NAMED' | undefined;
    readonly components: readonly TemplateComponent[];
  }>,
  Answered<{ readonly id: TemplateId; readonly status: TemplateStatus; readonly category: TemplateCategory }>
>('core.assets.create-template');

export const listTemplates = subject<
  Asked<
    { readonly wabaId: string; readonly name?: string | undefined; readonly status?: TemplateStatus | undefined } & PageQuestion
  >,
  Answered<Page<StoredTemplate>>
>('core.assets.list-templates');

export const readTemplate = subject<Asked<{ readonly templateId: string }>, Answered<StoredTemplate>>(
  'core.assets.read-template',
);

/** The operator's review; what is approved may be sent. */
export const reviewTemplate = subject<
  Asked<{ readonly templateId: string; readonly decision: 'APPROVE' | 'REJECT'; readonly reason?: string | undefined }>,
  Answered<StoredTemplate>
>('core.assets.review-template');

export interface OptInLine extends ConsentRecord {
  readonly waId: string;
}

/** Records consents of customers; each line is evidence and is only ever added. */
export const recordConsents = subject<
  Asked<{ readonly businessId: string; readonly lines: readonly OptInLine[] }>,
  Answered<{ readonly recorded: number }>
>('core.assets.record-consents');

export const readConsent = subject<
  Asked<{ readonly businessId: string; readonly waId: string }>,
  Answered<{ readonly waId: string; readonly state: ConsentState; readonly records: readonly ConsentRecord[] }>
>('core.assets.read-consent');

/** On-Premises `POST /v1/contacts`. */
export const checkContacts = subject<
  Asked<{ readonly inputs: readonly string[]; readonly blocking: boolean; readonly forceCheck: boolean }>,
  Answered<{
    readonly contacts: readonly {
      readonly input: string;
      readonly status: 'valid' | 'invalid' | 'failed' | 'processing';
      readonly waId?: string | undefined;
    }[];
  }>
>('core.assets.check-contacts');
