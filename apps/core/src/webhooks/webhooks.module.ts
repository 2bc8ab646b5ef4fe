import { Module } from '@nestjs/common';
import { AssetsModule } from '../assets/assets.module.js';
import { Installations } from './installations.js';
import { Overrides } from './overrides.js';
import { Subscriptions } from './subscriptions.js';
import { WebhooksConsumer } from './webhooks.consumer.js';

/** Where clients want webhooks. */
@Module({
  imports: [AssetsModule],
  providers: [Installations, Overrides, Subscriptions, WebhooksConsumer],
})
export class WebhooksModule {}
