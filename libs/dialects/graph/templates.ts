import type { Result, StoredTemplate, TemplateCategory, TemplateComponent, TemplateSample, TemplateStatus } from '#domain';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';

const writer: NodeWriter<StoredTemplate> = {
  name: (template) => template.name,
  parameter_format: (template) => template.parameterFormat,
  components: (template) => template.components,
  language: (template) => template.language,
  status: (template) => template.status,
  category: (template) => template.category,
  id: (template) => template.id,
  rejected_reason: (template) => template.rejectedReason ?? 'NONE',
  quality_score: () => ({ score: 'UNKNOWN' }),
  sub_category: () => undefined,
  previous_category: () => undefined,
  correct_category: () => undefined,
  library_template_name: () => undefined,
  message_send_ttl_seconds: () => undefined,
  cta_url_link_tracking_opted_out: () => undefined,
  health_status: () => undefined,
};

const defaults = ['name', 'parameter_format', 'components', 'language', 'status', 'category', 'id'];

/** The fields of `GET /{template-id}` and of each item of a WABA's list. */
export function chooseTemplateFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  return chooseFields(selection, writer, defaults, 'MessageTemplate');
}

/** `linkTo`: an address of a sample, which is what the platform shows in place of the handle that it was handed in by. */
export function writeTemplate(
  template: StoredTemplate,
  names: readonly string[],
  linkTo: (sample: TemplateSample) => string,
): Readonly<Record<string, unknown>> {
  const components = template.components.map((component) => withLinks(component, linkTo));
  return writeNode({ ...template, components }, names, writer);
}

function withLinks(component: TemplateComponent, linkTo: (sample: TemplateSample) => string): TemplateComponent {
  const { sample, cards, ...written } = component;
  return {
    ...written,
    ...(sample ? { example: { ...component.example, header_handle: [linkTo(sample)] } } : {}),
    ...(cards
      ? { cards: cards.map((card) => ({ ...card, components: card.components.map((one) => withLinks(one, linkTo)) })) }
      : {}),
  };
}

export interface GraphTemplateAnswer {
  readonly id: string;
  readonly status: TemplateStatus;
  readonly category: TemplateCategory;
}

/** The answer to a creation; `category` may differ from the one that was asked for. */
export function writeCreatedTemplate(created: GraphTemplateAnswer): GraphTemplateAnswer {
  return { id: created.id, status: created.status, category: created.category };
}
