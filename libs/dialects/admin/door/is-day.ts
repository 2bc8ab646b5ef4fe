import { registerDecorator } from 'class-validator';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A calendar day that exists, `YYYY-MM-DD`. */
export function IsDay(): PropertyDecorator {
  return (prototype, property) => {
    registerDecorator({
      name: 'isDay',
      target: prototype.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && DAY.test(value) && exists(value),
        defaultMessage: () => 'must be a day, as in 2026-11-23',
      },
    });
  };
}

/** The 31st of February is read as a day in March, which is then another text. */
function exists(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(day);
}
