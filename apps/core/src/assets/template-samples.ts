import { Injectable } from '@nestjs/common';
import { type Failure, failure, ok, type Result, type TemplateCard, type TemplateComponent } from '#domain';
import type { Tx } from '#postgres';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { FileUses } from '../store/file-uses.store.js';
import { UploadedFiles } from '../uploads/uploaded-files.js';

/** What a header of each format may show, and what that is called. */
const samples: Readonly<Record<string, { readonly types: readonly string[]; readonly name: string }>> = {
  IMAGE: { types: ['image/jpeg', 'image/png'], name: 'a picture' },
  VIDEO: { types: ['video/mp4'], name: 'a film' },
  DOCUMENT: { types: ['application/pdf'], name: 'a document' },
};

/** The samples of a template's headers: uploaded files, named by their handles in `example.header_handle`. */
@Injectable()
export class TemplateSamples {
  constructor(
    private readonly files: UploadedFiles,
    private readonly uses: FileUses,
    private readonly clock: Clock,
  ) {}

  /** The components with their samples; refused as `upload-handle-invalid` where a handle leads to none. */
  async find(asker: Asker, components: readonly TemplateComponent[]): Promise<Result<readonly TemplateComponent[]>> {
    return this.inAll(components, 'components', async (component, path) => {
      if (component.type !== 'CAROUSEL') return this.inHeader(asker, component, path);
      const cards = await this.inAll(component.cards ?? [], `${path}.cards`, (card, at) => this.inCard(asker, card, at));
      return cards.ok ? ok({ ...component, cards: cards.value }) : cards;
    });
  }

  /** From now on the files are the template's, however long their handles are good. */
  async keep(
    tx: Tx,
    template: { readonly businessId: string; readonly id: string },
    components: readonly TemplateComponent[],
  ): Promise<void> {
    const { businessId, id: objectId } = template;
    await this.uses.replace(tx, { businessId, kind: 'template-sample', objectId }, fileIdsIn(components), this.clock.now());
  }

  private async inCard(asker: Asker, card: TemplateCard, path: string): Promise<Result<TemplateCard>> {
    const components = await this.inAll(card.components, `${path}.components`, (one, at) => this.inHeader(asker, one, at));
    return components.ok ? ok({ ...card, components: components.value }) : components;
  }

  private async inHeader(asker: Asker, component: TemplateComponent, path: string): Promise<Result<TemplateComponent>> {
    const wanted = component.type === 'HEADER' ? samples[component.format ?? 'TEXT'] : undefined;
    const given = component.example?.['header_handle'];
    if (!wanted || given === undefined) return ok(component);
    const field = `${path}.example.header_handle`;
    const handles: unknown = typeof given === 'string' ? [given] : given;
    const handle: unknown = Array.isArray(handles) && handles.length === 1 ? handles[0] : undefined;
    if (typeof handle !== 'string') return refused(failure('invalid-parameter', `${field} must have one handle`, { field }));
    const file = await this.files.find(asker, handle);
    if (!file || !wanted.types.includes(file.mimeType)) {
      return refused(
        failure('upload-handle-invalid', `${field} is not the handle of ${wanted.name} that was uploaded`, { field }),
      );
    }
    return ok({ ...component, sample: { fileId: file.id, mimeType: file.mimeType } });
  }

  private async inAll<T>(
    items: readonly T[],
    path: string,
    find: (item: T, path: string) => Promise<Result<T>>,
  ): Promise<Result<readonly T[]>> {
    const found: T[] = [];
    for (const [index, item] of items.entries()) {
      const one = await find(item, `${path}[${index}]`);
      if (!one.ok) return one;
      found.push(one.value);
    }
    return ok(found);
  }
}

function fileIdsIn(components: readonly TemplateComponent[]): readonly string[] {
  return components.flatMap(({ sample, cards = [] }) => [
    ...(sample ? [sample.fileId] : []),
    ...cards.flatMap((card) => fileIdsIn(card.components)),
  ]);
}

function refused(because: Failure): Result<never> {
  return { ok: false, failure: because };
}
