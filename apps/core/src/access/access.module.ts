import { Global, Module } from '@nestjs/common';
import { Endpoints } from '../webhooks/endpoints.js';
import { AccessConsumer } from './access.consumer.js';
import { Answers } from './answers.js';
import { DebugToken } from './debug-token.js';
import { Directory } from './directory.js';
import { Hashing } from './hashing.js';
import { LogIn } from './log-in.js';
import { ManageAccess } from './manage-access.js';

/** Who may do what. Global, because every other capability asks it first. */
@Global()
@Module({
  providers: [AccessConsumer, Answers, DebugToken, Directory, Endpoints, Hashing, LogIn, ManageAccess],
  exports: [Answers, Directory, Endpoints, Hashing],
})
export class AccessModule {}
