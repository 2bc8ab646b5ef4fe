import type { Result, StoredTemplate, TemplateCategory, TemplateStatus } from '#domain';
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

export function writeTemplate(template: StoredTemplate, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(template, names, writer);
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
