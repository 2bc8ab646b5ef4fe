import { Module } from '@nestjs/common';
import { NumberAccess } from './number-access.js';
import { NumbersConsumer } from './numbers.consumer.js';
import { OwnNumbers } from './own-numbers.js';
import { RaiseThroughput } from './raise-throughput.js';
import { RegisterNumbers } from './register-numbers.js';
import { VerifyNumbers } from './verify-numbers.js';

/** Phone numbers, from being added to being registered. Needs `NumberNotices` and `NumberSessions` from the carriers. */
@Module({
  providers: [NumberAccess, NumbersConsumer, OwnNumbers, RaiseThroughput, RegisterNumbers, VerifyNumbers],
})
export class NumbersModule {}
