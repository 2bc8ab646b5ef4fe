import type { BusinessId } from '#domain';
import type { Customers } from '../store/customers.store.js';
import type { MessagesStore } from '../store/messages.store.js';

export interface AskedUserId {
  readonly businessId: BusinessId;
  readonly userId: string;
}

/** The numbers behind business-scoped user ids, in order; undefined for an id that names nobody of that business. */
export async function waIdsOf(
  messages: MessagesStore,
  customers: Customers,
  asked: readonly AskedUserId[],
): Promise<readonly (string | undefined)[]> {
  if (asked.length === 0) return [];
  const named = asked.map(({ businessId, userId }) => ({ businessId, id: customers.customerOf(businessId, userId) }));
  const rows = await messages.identities(named.flatMap(({ businessId, id }) => (id === undefined ? [] : [{ businessId, id }])));
  const waIds = new Map(
    rows.map(({ businessId, id, wrappedKey, identity }) => {
      const { waId } = customers.openIdentity(businessId, id, customers.key(businessId, id, wrappedKey), identity);
      return [`${businessId}/${id}`, waId] as const;
    }),
  );
  return named.map(({ businessId, id }, index) => {
    const waId = id && waIds.get(`${businessId}/${id}`);
    // The country is part of the id: with another one it is an id that was never given out.
    return waId && customers.userId(businessId, id, waId) === asked[index]?.userId ? waId : undefined;
  });
}
