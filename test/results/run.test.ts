import { expect, test } from 'vitest';
import { errorsOf } from '../../src/results/run.ts';

test('every answer other than 2xx is an error, beside what got no answer', () => {
  expect(errorsOf({ errors: {}, timeouts: 0, statusCounts: { '200': 90, '204': 5 } })).toBe(0);
  expect(errorsOf({ errors: { ECONNRESET: 2, EPIPE: 1 }, timeouts: 4, statusCounts: { '200': 90, '404': 8, '503': 16 } })).toBe(
    31,
  );
});
