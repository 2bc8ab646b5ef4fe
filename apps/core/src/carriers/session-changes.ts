import { Injectable } from '@nestjs/common';
import type { PhoneNumberId } from '#domain';
import { NumberSessions } from '../numbers/number-sessions.js';
import { CarrierSessions } from './carrier-sessions.js';

/** Tells the carriers' sessions that a number was registered anew or given up. */
@Injectable()
export class SessionChanges extends NumberSessions {
  constructor(private readonly sessions: CarrierSessions) {
    super();
  }

  override async changed(phoneNumberId: string): Promise<void> {
    await this.sessions.close(phoneNumberId as PhoneNumberId);
  }

  override async state(phoneNumberId: string): Promise<'connected' | 'connecting' | 'disconnected'> {
    return this.sessions.stateOf(phoneNumberId as PhoneNumberId);
  }
}
