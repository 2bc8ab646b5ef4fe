import { describe, expect, it } from 'vitest';
import { requestId } from './request-id.js';

describe('a request id', () => {
  it('is 32 hexadecimal digits and never the same', () => {
    const ids = Array.from({ length: 5_000 }, requestId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(5_000);
  });
});
