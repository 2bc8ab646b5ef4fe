import { Module } from '@nestjs/common';
import { AppSubscriptionsController } from './app-subscriptions.controller.js';
import { MediaController } from './media.controller.js';
import { MediaLinks } from './media-links.js';
import { MessagesController } from './messages.controller.js';
import { NodesController } from './nodes.controller.js';
import { PhoneNumbersController } from './phone-numbers.controller.js';
import { TemplatesController } from './templates.controller.js';
import { TokensController } from './tokens.controller.js';
import { WabasController } from './wabas.controller.js';

/** The Graph door: `/[vNN.N/]…`, mounted under the internal prefix `/graph`. */
@Module({
  controllers: [
    MessagesController,
    MediaController,
    TokensController,
    PhoneNumbersController,
    WabasController,
    TemplatesController,
    AppSubscriptionsController,
    NodesController,
  ],
  providers: [MediaLinks],
})
export class GraphModule {}
