import { type Meta, writeAnswer } from './answer.js';

/** State of the way out of one installation. */
export type GatewayStatus = 'connected' | 'connecting' | 'disconnected' | 'uninitialized' | 'unregistered';

/** The single-node form: clusters list their containers by name, and a client that knows them knows this one too. */
export function writeHealth(gateway: GatewayStatus): {
  readonly health: { readonly gateway_status: GatewayStatus };
  readonly meta: Meta;
} {
  return writeAnswer({ health: { gateway_status: gateway } });
}
