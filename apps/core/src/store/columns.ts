import type { ColumnOptions, ValueTransformer } from 'typeorm';

/** `bigint` comes back as text; milliseconds fit a double. */
const asNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

export const milliseconds = { type: 'bigint', transformer: asNumber } as const satisfies ColumnOptions;
export const millisecondsOrNull = { type: 'bigint', transformer: asNumber, nullable: true } as const satisfies ColumnOptions;
/** Ids stay text: a double does not hold them. */
export const id = { type: 'bigint' } as const satisfies ColumnOptions;
export const idOrNull = { type: 'bigint', nullable: true } as const satisfies ColumnOptions;
export const text = { type: 'text' } as const satisfies ColumnOptions;
export const textOrNull = { type: 'text', nullable: true } as const satisfies ColumnOptions;
export const texts = { type: 'text', array: true } as const satisfies ColumnOptions;
export const textsOrNull = { type: 'text', array: true, nullable: true } as const satisfies ColumnOptions;
export const bytes = { type: 'bytea' } as const satisfies ColumnOptions;
export const bytesOrNull = { type: 'bytea', nullable: true } as const satisfies ColumnOptions;
export const json = { type: 'jsonb' } as const satisfies ColumnOptions;
export const flag = { type: 'boolean' } as const satisfies ColumnOptions;
export const count = { type: 'integer' } as const satisfies ColumnOptions;
export const size = milliseconds;
