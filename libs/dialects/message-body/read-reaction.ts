import type { Json, Reader } from './reader.js';

const EMOJI = /^(?=.*[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3])[^\p{L}\p{Z}]+$/u;
const MAX_EMOJI = 64;

/** One emoji, or '' to take the reaction back. `required`: a business must say which of the two; a customer may leave it out. */
export function readEmoji(reader: Reader, reaction: Json, required = true): string {
  if (!required && (reaction['emoji'] === undefined || reaction['emoji'] === null)) return '';
  const emoji = reader.text(reaction, 'reaction', 'emoji', MAX_EMOJI, 0);
  if (emoji !== '' && !isEmoji(emoji)) reader.invalid('reaction.emoji', 'must be an emoji, or empty to remove the reaction');
  return emoji;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function isEmoji(text: string): boolean {
  return EMOJI.test(text) && [...graphemes.segment(text)].length === 1;
}
