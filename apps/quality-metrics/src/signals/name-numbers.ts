/** The label of all numbers that are not named one by one. */
export const OTHERS = 'others';

/**
 * Which numbers get a series of their own: the first `most` that were ever seen, since a label that grows without bound would
 * overwhelm whoever scrapes. Newcomers are at the end, so nobody's series ever ends.
 */
export function nameNumbers(
  seen: readonly { readonly phoneNumberId: string; readonly firstHour: number }[],
  most: number,
): ReadonlySet<string> {
  const first = new Map<string, number>();
  for (const { phoneNumberId, firstHour } of seen) {
    first.set(phoneNumberId, Math.min(firstHour, first.get(phoneNumberId) ?? firstHour));
  }
  const inOrder = [...first].toSorted(([a, hourA], [b, hourB]) => hourA - hourB || (a < b ? -1 : 1));
  return new Set(inOrder.slice(0, most).map(([phoneNumberId]) => phoneNumberId));
}
