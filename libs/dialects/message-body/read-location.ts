import type { LocationBody } from '#domain';
import { bodyLimits } from './body-rules.js';
import type { Json, Reader } from './reader.js';

const LOCATION_FIELDS = new Set(['latitude', 'longitude', 'name', 'address', 'url']);

/** A place: decimal degrees as numbers or digits. */
export function readLocation(reader: Reader, location: Json, path: string): Omit<LocationBody, 'type'> {
  reader.knows(location, path, LOCATION_FIELDS);
  const name = reader.optionalText(location, path, 'name', bodyLimits.caption);
  const address = reader.optionalText(location, path, 'address', bodyLimits.caption);
  const url = reader.optionalText(location, path, 'url', bodyLimits.url);
  return {
    latitude: reader.number(location, path, 'latitude', -90, 90),
    longitude: reader.number(location, path, 'longitude', -180, 180),
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { address }),
    ...(url === undefined ? {} : { url }),
  };
}
