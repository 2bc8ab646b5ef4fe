import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HOUR, MINUTE } from '#domain';
import { MediaStore } from '#media-store';
import { type Alarm, Clock, Log } from '#runtime';
import { MediaRows } from '../store/media.store.js';

const EVERY = MINUTE;
const BATCH = 100;

/** Lets go of media that was removed or is past its time, and of uploads that nobody kept. */
@Injectable()
export class SweepMedia implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private alarm: Alarm | undefined;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly rows: MediaRows,
    private readonly store: MediaStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.arm();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.alarm?.cancel();
    await this.running;
  }

  /** Bytes first: a row that is left without its bytes is swept again, bytes without a row would stay for ever. */
  async sweep(): Promise<{ readonly media: number; readonly staged: number }> {
    let media = 0;
    for (
      let due = await this.rows.due(this.clock.now(), BATCH);
      due.length > 0;
      due = await this.rows.due(this.clock.now(), BATCH)
    ) {
      for (const one of due) {
        if (!(await this.rows.isKept(one.id, this.clock.now()))) await this.store.remove(one.id);
        await this.rows.drop(one);
        media += 1;
      }
    }
    const staged = await this.store.sweep(HOUR, (id) => this.rows.isKept(id, this.clock.now()));
    return { media, staged };
  }

  private arm(): void {
    if (this.stopped) return;
    this.alarm = this.clock.at(this.clock.now() + EVERY, () => {
      this.running = this.sweep()
        .then((swept) => {
          if (swept.media + swept.staged > 0) this.log.info('media.swept', swept);
        })
        .catch((error: unknown) => this.log.warn('media.sweep-failed', { error }))
        .finally(() => this.arm());
    });
  }
}
