import { Module } from '@nestjs/common';
import { ClockController } from './clock.controller.js';

/** The test bench. Without `RELAIS_SANDBOX` this module is not there, and neither are its paths. */
@Module({ controllers: [ClockController] })
export class SandboxModule {}
