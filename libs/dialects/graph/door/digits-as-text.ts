import { Transform } from 'class-transformer';

/** Takes a whole number for its digits: some clients hold ids, PINs and codes as numbers. */
export function DigitsAsText(): PropertyDecorator {
  return Transform(({ value }: { readonly value: unknown }) => (Number.isSafeInteger(value) ? String(value) : value));
}
