import { Module } from '@nestjs/common';
import { ContactsController } from './contacts.controller.js';
import { HealthController } from './health.controller.js';
import { MediaController } from './media.controller.js';
import { MessagesController } from './messages.controller.js';
import { SettingsController } from './settings.controller.js';
import { UsersController } from './users.controller.js';

/** The On-Premises door, `/v1`. */
@Module({
  controllers: [ContactsController, HealthController, MediaController, MessagesController, SettingsController, UsersController],
})
export class OnPremModule {}
