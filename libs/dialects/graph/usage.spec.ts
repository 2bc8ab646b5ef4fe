import { expect, it } from 'vitest';
import { writeUsage } from './usage.js';

it.each([
  ['some calls', { percent: 7, regainSeconds: 0 }, { call_count: 7, estimated_time_to_regain_access: 0 }],
  ['too many', { percent: 100, regainSeconds: 61 }, { call_count: 100, estimated_time_to_regain_access: 2 }],
])('the usage header tells of %s', (_, usage, expected) => {
  expect(JSON.parse(writeUsage({ businessId: '42', ...usage }))).toEqual({
    '42': [{ type: 'whatsapp', total_cputime: 0, total_time: 0, ...expected }],
  });
});
