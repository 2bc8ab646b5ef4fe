import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus, type Stop } from '#bus';
import { advanceClock, changeSettings, hello, readSettings } from '#contracts';
import { Clock } from '#runtime';
import { Answers } from '../access/answers.js';
import { MovableClock } from './movable-clock.js';
import { NodeKey } from './node-key.js';
import { Settings } from './settings.js';

/** Answers the questions of `contracts/node` that are about the node itself. */
@Injectable()
export class NodeConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly bus: Bus,
    private readonly settings: Settings,
    private readonly movable: MovableClock,
    private readonly key: NodeKey,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const { answers, movable, settings } = this;
    this.stops = [
      this.bus.serve(hello, async () => ({
        clockOffsetMs: this.clock.offset(),
        settings: settings.current(),
        mediaUrlKey: this.key.mediaUrlKey,
      })),
      answers.serve(readSettings, (_, asker) => settings.read(asker)),
      answers.serve(changeSettings, (question, asker) => settings.change(asker, question.patch)),
      answers.serve(advanceClock, (question, asker) => movable.advance(asker, question.advanceMs)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}
