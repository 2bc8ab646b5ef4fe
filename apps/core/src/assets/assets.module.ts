import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { NodeModule } from '../node/node.module.js';
import { UploadsModule } from '../uploads/uploads.module.js';
import { AssetsConsumer } from './assets.consumer.js';
import { ManagementCallRows } from '../store/management-calls.store.js';
import { CheckContacts } from './check-contacts.js';
import { Consents } from './consents.js';
import { TemplateSamples } from './template-samples.js';
import { ManagementCalls } from './management-calls.js';
import { Templates } from './templates.js';
import { Wabas } from './wabas.js';

/** WABAs, templates, consents and contacts. */
@Module({
  imports: [MediaModule, NodeModule, UploadsModule],
  providers: [AssetsConsumer, CheckContacts, Consents, ManagementCallRows, ManagementCalls, Templates, TemplateSamples, Wabas],
  exports: [Wabas],
})
export class AssetsModule {}
