import type { MediaId } from './ids.js';

/** Media kept by the node. */
export interface KeptMedia {
  readonly id: MediaId;
  readonly mimeType: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly filename?: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}
