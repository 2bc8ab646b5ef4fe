import { Module } from '@nestjs/common';
import { AccessController } from './access.controller.js';
import { BusinessesController } from './businesses.controller.js';
import { ConversationsController } from './conversations.controller.js';
import { DisplayNamesController } from './display-names.controller.js';
import { NumbersController } from './numbers.controller.js';
import { OptInsController } from './opt-ins.controller.js';
import { SettingsController } from './settings.controller.js';
import { TemplatesController } from './templates.controller.js';

/** The node's own door, `/relais/v1`: what no vendor's API has. */
@Module({
  controllers: [
    AccessController,
    BusinessesController,
    ConversationsController,
    DisplayNamesController,
    NumbersController,
    OptInsController,
    SettingsController,
    TemplatesController,
  ],
})
export class AdminModule {}
