import { Module } from '@nestjs/common';
import { AppSubscriptionsController } from './app-subscriptions.controller.js';
import { BlockUsersController } from './block-users.controller.js';
import { BusinessProfilesController } from './business-profiles.controller.js';
import { BusinessProfiles } from './business-profiles.js';
import { BusinessesController } from './businesses.controller.js';
import { MediaBytesController } from './media-bytes.controller.js';
import { MediaController } from './media.controller.js';
import { MediaLinks } from './media-links.js';
import { MessageHistoryController } from './message-history.controller.js';
import { MessagesController } from './messages.controller.js';
import { NodesController } from './nodes.controller.js';
import { NumberFeaturesController } from './number-features.controller.js';
import { PhoneNumbersController } from './phone-numbers.controller.js';
import { QrCodesController } from './qr-codes.controller.js';
import { QrLinks } from './qr-links.js';
import { TemplatesController } from './templates.controller.js';
import { TokensController } from './tokens.controller.js';
import { UploadParts } from './upload-parts.js';
import { UploadsController } from './uploads.controller.js';
import { UsernamesController } from './usernames.controller.js';
import { WabaNodes } from './waba-nodes.js';
import { WabasController } from './wabas.controller.js';

/** The Graph door: `/[vNN.N/]…`, mounted under the internal prefix `/graph`. */
@Module({
  controllers: [
    MessagesController,
    MediaController,
    MediaBytesController,
    TokensController,
    PhoneNumbersController,
    NumberFeaturesController,
    UsernamesController,
    BusinessProfilesController,
    BusinessesController,
    BlockUsersController,
    QrCodesController,
    MessageHistoryController,
    WabasController,
    TemplatesController,
    AppSubscriptionsController,
    UploadsController,
    NodesController,
  ],
  providers: [BusinessProfiles, MediaLinks, QrLinks, UploadParts, WabaNodes],
})
export class GraphModule {}
