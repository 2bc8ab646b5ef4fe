/** Core and dispatcher share these seconds for the handshake with a receiver that may be slow. */
export const HANDSHAKE_TIMEOUT_MS = 4_500;
