import type { Carrier } from '#carriers/port';
import type { CarrierKind } from '#domain';

/** The one list of carriers: the ways out of this node. Built once, at start. */
export abstract class Carriers {
  abstract get(kind: CarrierKind): Carrier;
}

export function carriersFrom(list: readonly Carrier[]): Carriers {
  const byKind = new Map(list.map((carrier) => [carrier.kind, carrier]));
  return {
    get: (kind) => {
      const carrier = byKind.get(kind);
      if (!carrier) throw new Error(`there is no carrier ${kind}`);
      return carrier;
    },
  };
}
