import type { Result } from '#domain';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';

/** A business or an app: of these only their name is told. */
export interface NamedNode {
  readonly id: string;
  readonly name: string;
}

const writer: NodeWriter<NamedNode> = { id: (node) => node.id, name: (node) => node.name };

/** The fields of `GET /{business-id}` and `GET /{app-id}`. */
export function chooseNamedFields(
  selection: readonly SelectedField[] | undefined,
  type: 'Business' | 'Application',
): Result<readonly string[]> {
  return chooseFields(selection, writer, ['id', 'name'], type);
}

export function writeNamedNode(node: NamedNode, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(node, names, writer);
}
