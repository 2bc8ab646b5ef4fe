import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Stop } from '#bus';
import { numberFeatures, openEnvelope, setProfilePicture } from '#contracts';
import type { NumberFeature } from '#domain';
import { Answers } from '../access/answers.js';
import { MessageEnvelopes } from './message-envelopes.js';
import { NumberFeatures } from './number-features.js';
import { ProfilePictures } from './profile-pictures.js';

/** Answers the questions of `contracts/number-features`, and opens what is encrypted for a number by its settings. */
@Injectable()
export class FeaturesConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly features: NumberFeatures,
    private readonly pictures: ProfilePictures,
    private readonly envelopes: MessageEnvelopes,
  ) {}

  onApplicationBootstrap(): void {
    const { answers, envelopes, pictures } = this;
    this.stops = [
      ...(Object.keys(numberFeatures) as NumberFeature[]).flatMap((feature) => this.serve(feature)),
      answers.serve(openEnvelope, (question, asker) => envelopes.open(asker, question.phoneNumberId, question.encrypted)),
      answers.serve(setProfilePicture, (question, asker) => pictures.set(asker, question.named, question.handle)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }

  private serve<F extends NumberFeature>(feature: F): readonly Stop[] {
    const { read, change } = numberFeatures[feature];
    return [
      this.answers.serve(read, (question, asker) => this.features.read(asker, feature, question.named)),
      this.answers.serve(change, (question, asker) => this.features.change(asker, feature, question.named, question.change)),
    ];
  }
}
