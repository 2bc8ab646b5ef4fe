import type { CustomerId, PhoneNumberId } from './ids.js';

export type CarrierKind = 'handset' | 'cloud-api' | 'smpp';

/** How many lanes a node has. Fixed: a lane is leased, so its number must mean the same to every core. */
export const LANES = 64;

/**
 * Messages of one lane are dispatched by one core at a time, in the order of their commit; so messages to one customer from
 * one number never overtake each other. FNV-1a over both ids: cheap, and even enough for 64 lanes.
 */
export function laneOf(phoneNumber: PhoneNumberId, customer: CustomerId): number {
  return laneOfTexts([phoneNumber, customer]);
}

/** A lane for what a number has to itself, whoever the customer is. */
export function laneOfNumber(phoneNumber: string): number {
  return laneOfTexts([phoneNumber]);
}

function laneOfTexts(texts: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const text of texts) {
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
  }
  return (hash >>> 0) % LANES;
}
