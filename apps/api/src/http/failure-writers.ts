import { writeFailure as writeAdminFailure } from '#dialects/admin';
import { writeFailure as writeGraphFailure } from '#dialects/graph';
import { writeFailure as writeOnPremFailure } from '#dialects/on-prem';
import type { Door, Failure } from '#domain';

/** A refusal in the words of one door. */
export interface WrittenFailure {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: object;
}

export interface RefusedRequest {
  readonly requestId: string;
  /** As the client wrote it. */
  readonly path: string;
}

export type WriteFailure = (failure: Failure, request: RefusedRequest) => WrittenFailure;

/** Each door's own envelope. */
export const failureWriters: Readonly<Record<Door, WriteFailure>> = {
  'on-prem': writeOnPremFailure,
  graph: writeGraphFailure,
  admin: writeAdminFailure,
  handset: writeAdminFailure,
};
