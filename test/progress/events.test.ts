import { expect, test } from 'vitest';
import { eventLine } from '../../src/progress/events.ts';

test('an event is one line for every reader, and reads back equal', () => {
  const text = 'a\nb\u2028c\u2029d\u0085e "f"';
  const line = eventLine({ type: 'note', text });
  expect(line.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(2);
  expect(JSON.parse(line)).toEqual({ type: 'note', text });
});
