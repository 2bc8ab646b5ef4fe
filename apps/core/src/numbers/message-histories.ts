import { Injectable } from '@nestjs/common';
import type { MessageHistory, Page, PageQuestion } from '#contracts';
import { type MessageId, ok, type Result } from '#domain';
import type { Asker } from '../access/answers.js';
import { unknownObject } from '../access/authorize.js';
import { AccessStore } from '../store/access.store.js';
import { HistoryStore } from '../store/history.store.js';
import { pageOf, readPage } from '../store/page.js';
import { NumberAccess } from './number-access.js';

/** What became of the messages that a number has sent, as far back as they are kept. */
@Injectable()
export class MessageHistories {
  constructor(
    private readonly access: NumberAccess,
    private readonly apps: AccessStore,
    private readonly store: HistoryStore,
  ) {}

  async list(
    asker: Asker,
    question: PageQuestion & { readonly phoneNumberId: string; readonly messageId?: MessageId | undefined },
  ): Promise<Result<Page<MessageHistory>>> {
    const found = await this.access.find(asker, question.phoneNumberId, 'read');
    if (!found.ok) return found;
    const { businessId, id } = found.value;
    const page = readPage(question);
    if ('failure' in page) return { ok: false, failure: page.failure };
    if (question.messageId !== undefined) {
      const one = await this.store.find(businessId, question.messageId);
      return ok({ items: one?.phoneNumberId === id ? [one.history] : [], hasNext: false, hasPrevious: false });
    }
    const rows = await this.store.list(businessId, id, page.slice);
    return ok(pageOf(rows, page.slice, ({ id: messageId, waId, events }) => ({ id: messageId, waId, events })));
  }

  async read(
    asker: Asker,
    messageId: string,
  ): Promise<Result<MessageHistory & { readonly app: { readonly id: string; readonly name: string } | undefined }>> {
    const { principal } = asker;
    const businessId = 'businessId' in principal ? principal.businessId : undefined;
    const found = businessId === undefined ? undefined : await this.store.find(businessId, messageId);
    if (!found) return { ok: false, failure: unknownObject() };
    const allowed = await this.access.find(asker, found.phoneNumberId, 'read');
    if (!allowed.ok) return allowed;
    const app =
      principal.kind === 'system-user' && principal.appId !== undefined ? await this.apps.findApp(principal.appId) : null;
    return ok({ ...found.history, app: app ? { id: app.id, name: app.name } : undefined });
  }
}
