import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus, type Stop } from '#bus';
import {
  listEndpoints,
  listSubscribedApps,
  overrideNumberWebhook,
  patchOnPremSettings,
  readAppSubscriptions,
  readOnPremSettings,
  resetOnPremSettings,
  subscribeApp,
  subscribeWaba,
  unsubscribeApp,
  unsubscribeWaba,
} from '#contracts';
import { Answers } from '../access/answers.js';
import { Installations } from './installations.js';
import { Subscriptions } from './subscriptions.js';

/** Answers the questions of `contracts/webhooks`, but for those that the dispatcher answers. */
@Injectable()
export class WebhooksConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly bus: Bus,
    private readonly subscriptions: Subscriptions,
    private readonly installations: Installations,
  ) {}

  onApplicationBootstrap(): void {
    const { answers, installations, subscriptions } = this;
    this.stops = [
      this.bus.serve(listEndpoints, async () => ({ endpoints: await installations.allEndpoints() })),
      answers.serve(subscribeApp, (question, asker) => subscriptions.subscribeApp(asker, question)),
      answers.serve(readAppSubscriptions, (question, asker) => subscriptions.readApp(asker, question.appId)),
      answers.serve(unsubscribeApp, (question, asker) => subscriptions.unsubscribeApp(asker, question)),
      answers.serve(subscribeWaba, (question, asker) => subscriptions.subscribeWaba(asker, question.wabaId, question.override)),
      answers.serve(overrideNumberWebhook, (question, asker) =>
        subscriptions.overrideNumber(asker, question.phoneNumberId, question.override),
      ),
      answers.serve(unsubscribeWaba, (question, asker) => subscriptions.unsubscribeWaba(asker, question.wabaId)),
      answers.serve(listSubscribedApps, (question, asker) => subscriptions.appsOfWaba(asker, question.wabaId)),
      answers.serve(readOnPremSettings, (_, asker) => installations.read(asker)),
      answers.serve(patchOnPremSettings, (question, asker) => installations.patch(asker, question.patch)),
      answers.serve(resetOnPremSettings, (_, asker) => installations.reset(asker)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}
