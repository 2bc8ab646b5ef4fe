/** Printable ASCII without what JSON (`"`, `\`) or the platform (`/`) escapes. */
const PLAIN = /^[ !#-.0-[\]-~]*$/;

/**
 * JSON as the platform sends and signs it: everything beyond ASCII as `\uXXXX` in lower case, and `/` as `\/`. Receivers
 * that verify what they re-encoded in this way rely on it; those that verify the raw bytes do not mind.
 */
export function graphJson(value: unknown): string {
  const slashed = JSON.stringify(value).replaceAll('/', '\\/');
  // oxlint-disable-next-line no-control-regex
  return slashed.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What stands between the quotes of a text; most need no escape, and are what they are. */
export function graphText(text: string): string {
  return PLAIN.test(text) ? text : graphJson(text).slice(1, -1);
}
