import { afterAll, beforeAll, describe, it } from 'vitest';
import { FaultyNode } from '../faults/faulty-node.js';
import { takeNatsAway } from '../faults/nats-away.js';
import { Trial } from '../faults/trial.js';

describe('a node whose NATS is away', () => {
  let world: FaultyNode;

  beforeAll(async () => {
    world = await FaultyNode.open(48);
  });
  afterAll(() => world.close());

  it('answers for a whole minute, and is back within five seconds', () => takeNatsAway(new Trial(world), 60_000));
});
