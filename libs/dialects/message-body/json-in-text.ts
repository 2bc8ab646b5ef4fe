/** NUL, or half of a surrogate pair: neither can be stored as text. An escape brings them in past whoever checked the outer JSON. */
const UNSTORABLE = /\0|\p{Surrogate}/u;
const DEEPEST = 64;

/** What a form field that holds JSON stands for; undefined when it is not JSON, nested beyond reason, or cannot be stored. */
export function jsonInText(text: string): unknown {
  if (nesting(text) > DEEPEST) return undefined;
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (UNSTORABLE.test(key) || key === '__proto__' || (typeof value === 'string' && UNSTORABLE.test(value)))
        throw new SyntaxError(key);
      return value;
    }) as unknown;
  } catch {
    return undefined;
  }
}

/** The deepest nesting of brackets outside of strings. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isString) {
      if (character === '\\') at += 1;
      else if (character === '"') isString = false;
    } else if (character === '"') {
      isString = true;
    } else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (character === '}' || character === ']') {
      depth -= 1;
    }
  }
  return deepest;
}
