import { expect, it } from 'vitest';
import type { BusinessId, HandsetId, MessageId } from '#domain';
import { type Pushed, Unconfirmed } from './unconfirmed.js';

const ada = '1' as HandsetId;
const ben = '2' as HandsetId;
const pushed = (handsetId: HandsetId, id: string, stored = false): Pushed => ({
  handsetId,
  businessId: '9' as BusinessId,
  messageId: id as MessageId,
  expiresAt: 0,
  stored,
});
const idsOf = (unconfirmed: Unconfirmed, handset: HandsetId) => unconfirmed.of(handset).map(({ messageId }) => messageId);

it.each([[['a']], [['a', 'b']], [['a', 'b', 'c']]])('holds %j of a handset in their order until each is taken', (ids) => {
  const unconfirmed = new Unconfirmed();
  for (const id of ids) unconfirmed.add(pushed(ada, id));
  unconfirmed.add(pushed(ben, 'z'));
  expect(idsOf(unconfirmed, ada)).toEqual(ids);
  expect(unconfirmed.handsets()).toEqual([ada, ben]);
  for (const [index, id] of ids.entries()) {
    expect(unconfirmed.has(ada, id as MessageId)).toBe(true);
    expect(unconfirmed.take(ada, id as MessageId)).toEqual(pushed(ada, id));
    expect(unconfirmed.has(ada, id as MessageId)).toBe(false);
    expect(unconfirmed.take(ada, id as MessageId)).toBeUndefined();
    expect(idsOf(unconfirmed, ada)).toEqual(ids.slice(index + 1));
  }
  expect(unconfirmed.handsets()).toEqual([ben]);
});

it("does not know another handset's message, and keeps its own", () => {
  const unconfirmed = new Unconfirmed();
  unconfirmed.add(pushed(ada, 'a'));
  expect(unconfirmed.take(ben, 'a' as MessageId)).toBeUndefined();
  expect(unconfirmed.take(ada, 'b' as MessageId)).toBeUndefined();
  expect(unconfirmed.has(ben, 'a' as MessageId)).toBe(false);
  expect(idsOf(unconfirmed, ada)).toEqual(['a']);
});

it('holds a message that is added again once, as it was added last', () => {
  const unconfirmed = new Unconfirmed();
  for (const id of ['a', 'a', 'b', 'b']) unconfirmed.add(pushed(ada, id));
  unconfirmed.add(pushed(ada, 'a', true));
  expect(unconfirmed.of(ada)).toEqual([pushed(ada, 'a', true), pushed(ada, 'b')]);
});
