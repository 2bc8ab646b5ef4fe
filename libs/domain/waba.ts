import type { WabaId } from './ids.js';
import type { OptInPolicy } from './sending.js';

/** A WhatsApp business account: owns phone numbers and templates. */
export interface Waba {
  readonly id: WabaId;
  readonly businessId: string;
  readonly name: string;
  readonly currency: string;
  readonly timezoneId: string;
  readonly namespace: string;
  readonly optInPolicy: OptInPolicy;
}
