import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Stop } from '#bus';
import {
  checkContacts,
  countManagementCall,
  createTemplate,
  createWaba,
  findNode,
  listTemplates,
  readConsent,
  readTemplate,
  readWaba,
  recordConsents,
  reviewTemplate,
} from '#contracts';
import { Answers } from '../access/answers.js';
import { CheckContacts } from './check-contacts.js';
import { Consents } from './consents.js';
import { ManagementCalls } from './management-calls.js';
import { Templates } from './templates.js';
import { Wabas } from './wabas.js';

/** Answers the questions of `contracts/assets`. */
@Injectable()
export class AssetsConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly wabas: Wabas,
    private readonly templates: Templates,
    private readonly consents: Consents,
    private readonly contacts: CheckContacts,
    private readonly calls: ManagementCalls,
  ) {}

  onApplicationBootstrap(): void {
    const { answers, calls, consents, contacts, templates, wabas } = this;
    this.stops = [
      answers.serve(findNode, (question, asker) => wabas.identify(asker, question.id)),
      answers.serve(countManagementCall, (question, asker) => calls.count(asker, question.objectId)),
      answers.serve(createWaba, (question, asker) => wabas.create(asker, question)),
      answers.serve(readWaba, (question, asker) => wabas.read(asker, question.wabaId)),
      answers.serve(createTemplate, (question, asker) => templates.create(asker, question.wabaId, question)),
      answers.serve(listTemplates, (question, asker) => templates.list(asker, question.wabaId, question)),
      answers.serve(readTemplate, (question, asker) => templates.read(asker, question.templateId)),
      answers.serve(reviewTemplate, (question, asker) => templates.review(asker, question.templateId, question)),
      answers.serve(recordConsents, (question, asker) => consents.record(asker, question.businessId, question.lines)),
      answers.serve(readConsent, (question, asker) => consents.read(asker, question.businessId, question.waId)),
      answers.serve(checkContacts, (question, asker) => contacts.check(asker, question.inputs)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}
