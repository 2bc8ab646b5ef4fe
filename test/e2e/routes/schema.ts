/** As much of OpenAPI's schemas as the node's documents use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** A schema with every reference followed, and the parts of `allOf` as one. */
export function resolved(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  const { $ref, allOf, ...own } = schema;
  const named = $ref === undefined ? {} : (schemas[$ref.slice($ref.lastIndexOf('/') + 1)] ?? {});
  const merged: Schema = Object.assign(
    {},
    $ref === undefined ? {} : resolved(named, schemas),
    ...(allOf ?? []).map((part) => resolved(part, schemas)),
    own,
  );
  return {
    ...merged,
    ...(merged.items ? { items: resolved(merged.items, schemas) } : {}),
    ...(merged.oneOf ? { oneOf: merged.oneOf.map((one) => resolved(one, schemas)) } : {}),
    ...(merged.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(merged.properties).map(([name, inner]) => [name, resolved(inner, schemas)]),
          ),
        }
      : {}),
  };
}
