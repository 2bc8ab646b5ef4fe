import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HOUR, MINUTE } from '#domain';
import { type Alarm, Clock, Log } from '#runtime';
import { UploadRows } from '../store/uploads.store.js';
import { ResumableUploads } from './resumable-uploads.js';

const EVERY = MINUTE;
const BATCH = 100;
/** Whoever found a file just before it expired has long done with it what they wanted. */
const GRACE = HOUR;

/** Lets go of uploads that were given up, and of files whose handle has expired. */
@Injectable()
export class SweepUploads implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private alarm: Alarm | undefined;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly rows: UploadRows,
    private readonly uploads: ResumableUploads,
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

  /** How many went. */
  async sweep(): Promise<number> {
    let swept = 0;
    const due = () => this.rows.due(this.clock.now() - GRACE, BATCH);
    for (let uploads = await due(); uploads.length > 0; uploads = await due()) {
      for (const upload of uploads) await this.uploads.remove(upload);
      swept += uploads.length;
    }
    return swept;
  }

  private arm(): void {
    if (this.stopped) return;
    this.alarm = this.clock.at(this.clock.now() + EVERY, () => {
      this.running = this.sweep()
        .then((uploads) => {
          if (uploads > 0) this.log.info('uploads.swept', { uploads });
        })
        .catch((error: unknown) => this.log.warn('uploads.sweep-failed', { error }))
        .finally(() => this.arm());
    });
  }
}
