import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Stop } from '#bus';
import { findMedia, keepMedia, removeMedia } from '#contracts';
import { Answers } from '../access/answers.js';
import { KeepMedia } from './keep-media.js';

/** Answers the questions of `contracts/media`. */
@Injectable()
export class MediaConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly media: KeepMedia,
  ) {}

  onApplicationBootstrap(): void {
    const { answers, media } = this;
    this.stops = [
      answers.serve(keepMedia, (question, asker) => media.keep(asker, question)),
      answers.serve(findMedia, (question, asker) => media.find(asker, question.mediaId, question.phoneNumberId)),
      answers.serve(removeMedia, (question, asker) => media.remove(asker, question.mediaId, question.phoneNumberId)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}
