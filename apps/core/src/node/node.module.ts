import { Module } from '@nestjs/common';
import { MovableClock } from './movable-clock.js';
import { NodeKey } from './node-key.js';
import { NodeConsumer } from './node.consumer.js';
import { Settings } from './settings.js';

/** The node itself: its settings, its clock and its key. */
@Module({
  providers: [MovableClock, NodeConsumer, NodeKey, Settings],
  exports: [Settings],
})
export class NodeModule {}
