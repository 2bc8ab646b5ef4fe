/**
 * Evidence (consents, ledger, audit) is chained: one link per batch and business over the digests of its rows. A link
 * commits to the link before it, so a changed, removed or inserted row shows. Links hold digests of *sealed* content, so
 * destroying a person's key leaves the chain whole.
 */
export interface ChainLink {
  readonly sequence: number;
  /** Hex SHA-256. */
  readonly hash: string;
}

export const genesis: ChainLink = { sequence: 0, hash: '0'.repeat(64) };

/** The next link. `sha256` is handed in: the domain does no cryptography of its own. */
export function nextLink(previous: ChainLink, rowDigests: readonly string[], sha256: (text: string) => string): ChainLink {
  const sequence = previous.sequence + 1;
  return { sequence, hash: sha256([previous.hash, String(sequence), ...rowDigests].join('\n')) };
}

/** The sequence of the first link that does not follow from the rows it is said to cover; undefined if all do. */
export function firstBrokenLink(
  links: readonly { readonly link: ChainLink; readonly rowDigests: readonly string[] }[],
  sha256: (text: string) => string,
): number | undefined {
  let previous = genesis;
  for (const { link, rowDigests } of links) {
    const expected = nextLink(previous, rowDigests, sha256);
    if (expected.sequence !== link.sequence || expected.hash !== link.hash) return expected.sequence;
    previous = link;
  }
  return undefined;
}
