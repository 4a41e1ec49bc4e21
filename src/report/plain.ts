export { OBEYED, plainLabel, plainText } from '../plain.ts';

/**
 * A copy of a model whose every text went through `change`, keys included. What was one object stays one, so that a comparison still
 * holds the very cell that stands in its table.
 */
export function mapLabels<T>(model: T, change: (label: string) => string): T {
  const done = new Map<object, unknown>();
  const map = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value);
    if (typeof value !== 'object' || value === null) return value;
    if (!done.has(value)) done.set(value, Array.isArray(value) ? value.map(map) : mapped(value));
    return done.get(value);
  };
  const mapped = (value: object) => Object.fromEntries(Object.entries(value).map(([key, part]) => [change(key), map(part)]));
  return map(model) as T;
}
