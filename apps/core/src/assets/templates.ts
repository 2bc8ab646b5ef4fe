import { Injectable } from '@nestjs/common';
import type { Page, PageQuestion } from '#contracts';
import {
  type BusinessId,
  failure,
  HOUR,
  IdSequence,
  isId,
  ok,
  refuse,
  type Result,
  SECOND,
  type StoredTemplate,
  type TemplateId,
  type TemplateStatus,
  type WabaId,
} from '#domain';
import { brokenConstraint } from '#postgres';
import { Clock } from '#runtime';
import { type Asker, RolledBack } from '../access/answers.js';
import { mayTouch, requireScope, unknownObject } from '../access/authorize.js';
import { Settings } from '../node/settings.js';
import { newAssetId } from '../store/asset-id.js';
import type { TemplateEntity } from '../store/assets.entity.js';
import { AssetsStore } from '../store/assets.store.js';
import { Changes, type ChangeTx } from '../store/change.js';
import { pageOf, readPage } from '../store/page.js';
import { TemplateSamples } from './template-samples.js';
import { judgeDraft, type TemplateDraft } from './template-rules.js';
import { Wabas } from './wabas.js';

/** Judgements may be made while a template waits for one. */
const awaiting: readonly string[] = ['PENDING', 'IN_APPEAL'];
const MAX_REASON = 500;

/** Templates: handed in, read, and reviewed by an operator. */
@Injectable()
export class Templates {
  constructor(
    private readonly wabas: Wabas,
    private readonly samples: TemplateSamples,
    private readonly store: AssetsStore,
    private readonly changes: Changes,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  async create(
    asker: Asker,
    wabaId: string,
    handedIn: Omit<TemplateDraft, 'parameterFormat'> & {
      readonly parameterFormat?: TemplateDraft['parameterFormat'] | undefined;
    },
  ): Promise<Result<{ id: TemplateId; status: TemplateStatus; category: TemplateDraft['category'] }>> {
    const waba = await this.wabas.find(asker, wabaId);
    if (!waba.ok) return waba;
    const { name, language, category, components, parameterFormat = 'POSITIONAL' } = handedIn;
    const judged = judgeDraft({ name, language, category, components, parameterFormat });
    if ('failure' in judged) return { ok: false, failure: judged.failure };
    const sampled = await this.samples.find(asker, judged.draft.components);
    if (!sampled.ok) return sampled;
    const { businessId } = waba.value;
    const row: TemplateEntity = {
      ...judged.draft,
      components: sampled.value,
      businessId,
      id: newAssetId(),
      wabaId: waba.value.id,
      status: 'PENDING',
      rejectedReason: null,
      createdAt: this.clock.now(),
      reviewedAt: null,
    };
    try {
      await this.changes.run(asker, async (tx, note) => {
        await this.requireRoom(tx, row);
        await this.store.insertTemplate(tx, row);
        await this.samples.keep(tx, row, sampled.value);
        note.audit({ action: 'template.created', object: `template/${row.id}`, businessId, after: judged.draft });
      });
    } catch (error) {
      if (brokenConstraint(error) !== 'templates_name_language') throw error;
      return refuse('template-exists', `There already is a template ${name} in ${language}`, { field: 'name' });
    }
    return ok({ id: row.id as TemplateId, status: 'PENDING', category });
  }

  /** @throws RolledBack `rate-limited` when the account has had its templates of this hour */
  private async requireRoom(tx: ChangeTx, row: TemplateEntity): Promise<void> {
    const { templatesPerHour } = this.settings.current().management;
    const crowded = await this.store.crowdedSince(tx, row, row.createdAt - HOUR, templatesPerHour);
    if (crowded === undefined) return;
    const retryAfterSeconds = Math.ceil((crowded + HOUR - row.createdAt) / SECOND);
    const detail = `An account may have ${templatesPerHour} templates made in an hour`;
    throw new RolledBack(failure('rate-limited', detail, { retryAfterSeconds }));
  }

  async list(
    asker: Asker,
    wabaId: string,
    question: PageQuestion & { readonly name?: string | undefined; readonly status?: TemplateStatus | undefined },
  ): Promise<Result<Page<StoredTemplate>>> {
    const waba = await this.wabas.find(asker, wabaId);
    if (!waba.ok) return waba;
    const page = readPage(question);
    if ('failure' in page) return { ok: false, failure: page.failure };
    const filter = { name: question.name, status: question.status };
    const rows = await this.store.listTemplates(waba.value.businessId, waba.value.id, filter, page.slice);
    return ok(pageOf(rows, page.slice, templateFromEntity));
  }

  async read(asker: Asker, templateId: string): Promise<Result<StoredTemplate>> {
    const row = isId(templateId) ? await this.store.findTemplate(templateId) : null;
    if (!row) return { ok: false, failure: unknownObject() };
    const barred = mayTouch(asker.principal, row, { permissions: ['whatsapp_business_management'], scope: 'templates:review' });
    return barred ? { ok: false, failure: barred } : ok(templateFromEntity(row));
  }

  /** The same judgement twice changes nothing; another one than was made is refused. */
  async review(
    asker: Asker,
    templateId: string,
    review: { readonly decision: 'APPROVE' | 'REJECT'; readonly reason?: string | undefined },
  ): Promise<Result<StoredTemplate>> {
    const known = isId(templateId) ? await this.store.findTemplate(templateId) : null;
    if (!known) {
      const barred = asker.principal.kind === 'operator' ? undefined : requireScope(asker.principal, 'templates:review');
      return { ok: false, failure: barred ?? unknownObject() };
    }
    const barred = requireScope(asker.principal, 'templates:review', known.businessId);
    if (barred) return { ok: false, failure: barred };
    if (review.decision !== 'APPROVE' && review.decision !== 'REJECT') {
      return refuse('invalid-parameter', 'decision must be APPROVE or REJECT', { field: 'decision' });
    }
    if ((review.reason ?? '').length > MAX_REASON) {
      return refuse('text-too-long', `reason may have at most ${MAX_REASON} characters`, { field: 'reason' });
    }
    const status = review.decision === 'APPROVE' ? 'APPROVED' : 'REJECTED';
    const rejectedReason = status === 'REJECTED' ? (review.reason ?? 'NONE') : null;
    const reviewedAt = this.clock.now();
    return this.changes.run(asker, async (tx, note): Promise<Result<StoredTemplate>> => {
      const row = await this.store.lockTemplate(tx, known.businessId, templateId);
      if (!row) return { ok: false, failure: unknownObject() };
      if (row.status === status) return ok(templateFromEntity(row));
      if (!awaiting.includes(row.status)) {
        return { ok: false, failure: failure('object-state-conflict', `The template is ${row.status} and awaits no review`) };
      }
      await this.store.judgeTemplate(tx, row.businessId, row.id, { status, rejectedReason, reviewedAt });
      const reviewed = templateFromEntity({ ...row, status, rejectedReason, reviewedAt });
      const object = `template/${row.id}`;
      note.audit({ action: 'template.reviewed', object, businessId: row.businessId, before: row.status, after: status });
      note.event('assets', {
        type: 'template.status',
        id: this.ids.next(),
        at: reviewedAt,
        businessId: row.businessId as BusinessId,
        wabaId: reviewed.wabaId,
        templateId: row.id,
        name: row.name,
        language: row.language,
        category: reviewed.category,
        status,
        ...(rejectedReason === null ? {} : { reason: rejectedReason }),
      });
      return ok(reviewed);
    });
  }
}

function templateFromEntity(row: TemplateEntity): StoredTemplate {
  return {
    id: row.id as TemplateId,
    wabaId: row.wabaId as WabaId,
    name: row.name,
    language: row.language,
    category: row.category as StoredTemplate['category'],
    status: row.status as TemplateStatus,
    parameterFormat: row.parameterFormat as StoredTemplate['parameterFormat'],
    components: row.components as StoredTemplate['components'],
    rejectedReason: row.rejectedReason ?? undefined,
  };
}
