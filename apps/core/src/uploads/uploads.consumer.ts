import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Stop } from '#bus';
import { appendUpload, findUpload, finishUpload, openUpload } from '#contracts';
import { Answers } from '../access/answers.js';
import { ResumableUploads } from './resumable-uploads.js';

/** Answers the questions of `contracts/uploads`. */
@Injectable()
export class UploadsConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly uploads: ResumableUploads,
  ) {}

  onApplicationBootstrap(): void {
    const { answers, uploads } = this;
    this.stops = [
      answers.serve(openUpload, (question, asker) => uploads.open(asker, question)),
      answers.serve(findUpload, (question, asker) => uploads.find(asker, question)),
      answers.serve(appendUpload, (question, asker) => uploads.append(asker, question, question.offset, question.part)),
      answers.serve(finishUpload, (question, asker) => uploads.finish(asker, question, question.file)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}
