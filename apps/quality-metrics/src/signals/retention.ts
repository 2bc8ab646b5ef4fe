import { HOUR } from '#domain';

const MONTHS_KEPT = 13;

/** The first hour that is still kept by itself: 13 calendar months are a year that can be compared with the one before. */
export function oldestKeptHour(now: number): number {
  const at = new Date(now);
  at.setUTCMonth(at.getUTCMonth() - MONTHS_KEPT, 1);
  at.setUTCHours(0, 0, 0, 0);
  return Math.floor(at.getTime() / HOUR);
}
