import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { NodeModule } from '../node/node.module.js';
import { AssetsConsumer } from './assets.consumer.js';
import { CheckContacts } from './check-contacts.js';
import { Consents } from './consents.js';
import { Templates } from './templates.js';
import { Wabas } from './wabas.js';

/** WABAs, templates, consents and contacts. */
@Module({
  imports: [MediaModule, NodeModule],
  providers: [AssetsConsumer, CheckContacts, Consents, Templates, Wabas],
  exports: [Wabas],
})
export class AssetsModule {}
