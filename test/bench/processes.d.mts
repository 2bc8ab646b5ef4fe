// Types of processes.mjs, for the tests that are written in TypeScript.

/** Resident megabytes of a process, now or (`peak`) at most. */
export function residentMb(pid: number): number;
