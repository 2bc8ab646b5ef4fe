import { Injectable } from '@nestjs/common';
import { type Caller, listNumbers, listSubscribedApps, listTemplates, readWaba } from '#contracts';
import {
  phoneNumberParts,
  type WabaEdge,
  type WabaFields,
  writePage,
  writePhoneNumber,
  writeSubscribedApps,
  writeTemplate,
  writeWaba,
} from '#dialects/graph';
import { Core } from '../http/core.client.js';
import { MediaLinks } from './media-links.js';

/** An account, with the lists that were asked for together with it. */
@Injectable()
export class WabaNodes {
  constructor(
    private readonly core: Core,
    private readonly links: MediaLinks,
  ) {}

  /** `address`: where the account itself is read, on the public origin; the lists' pages go on from there. */
  async read(wabaId: string, { names, edges }: WabaFields, caller: Caller, address: string): Promise<object> {
    const [waba, ...lists] = await Promise.all([
      this.core.ask(readWaba, { wabaId, caller }),
      ...edges.map((edge) => this.list(wabaId, edge, caller, address)),
    ]);
    const written = edges.map(({ name }, index) => [name, lists[index]] as const);
    return { ...writeWaba(waba, names), ...Object.fromEntries(written) };
  }

  private async list(wabaId: string, { name, fields, page }: WabaEdge, caller: Caller, address: string): Promise<object> {
    const url = new URL(`${address}/${name}`);
    url.searchParams.set('fields', fields.join(','));
    url.searchParams.set('limit', String(page.limit));
    switch (name) {
      case 'phone_numbers': {
        const question = { wabaId, ...page, with: phoneNumberParts(fields), caller };
        return writePage(await this.core.ask(listNumbers, question), (number) => writePhoneNumber(number, fields), url.href);
      }
      case 'message_templates': {
        const templates = await this.core.ask(listTemplates, { wabaId, ...page, caller });
        return writePage(templates, (template) => writeTemplate(template, fields, this.links.linkToSample), url.href);
      }
      case 'subscribed_apps':
        return writeSubscribedApps(await this.core.ask(listSubscribedApps, { wabaId, caller }));
    }
  }
}
