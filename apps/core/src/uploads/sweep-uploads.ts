import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HOUR, MINUTE } from '#domain';
import { MediaStore } from '#media-store';
import { type Alarm, Clock, Log } from '#runtime';
import { FileUses } from '../store/file-uses.store.js';
import { UploadRows } from '../store/uploads.store.js';
import { ResumableUploads } from './resumable-uploads.js';

const EVERY = MINUTE;
const BATCH = 100;
/** Whoever found a file just before it expired has long done with it what they wanted. */
const GRACE = HOUR;

/** Lets go of uploads that were given up, and of files whose handle has expired and that nobody uses any more. */
@Injectable()
export class SweepUploads implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private alarm: Alarm | undefined;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly rows: UploadRows,
    private readonly uses: FileUses,
    private readonly uploads: ResumableUploads,
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

  /** How many went. Of a file whose use has ended after its handle has expired, the bytes go before the row that knows them. */
  async sweep(): Promise<{ readonly uploads: number; readonly uses: number }> {
    const uploads = await this.sweepAll(
      (before) => this.rows.due(before, BATCH),
      (upload) => this.uploads.remove(upload),
    );
    const uses = await this.sweepAll(
      (before) => this.uses.due(before, BATCH),
      async (use) => {
        if (await this.uses.isOnlyUse(use)) await this.store.remove(use.fileId);
        await this.uses.drop(use);
      },
    );
    return { uploads, uses };
  }

  private async sweepAll<T>(due: (before: number) => Promise<readonly T[]>, remove: (one: T) => Promise<void>): Promise<number> {
    let swept = 0;
    for (let some = await due(this.clock.now() - GRACE); some.length > 0; some = await due(this.clock.now() - GRACE)) {
      for (const one of some) await remove(one);
      swept += some.length;
    }
    return swept;
  }

  private arm(): void {
    if (this.stopped) return;
    this.alarm = this.clock.at(this.clock.now() + EVERY, () => {
      this.running = this.sweep()
        .then((swept) => {
          if (swept.uploads + swept.uses > 0) this.log.info('uploads.swept', swept);
        })
        .catch((error: unknown) => this.log.warn('uploads.sweep-failed', { error }))
        .finally(() => this.arm());
    });
  }
}
