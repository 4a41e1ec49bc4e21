import { availableParallelism } from 'node:os';
import { throwFailures } from '../errors.ts';

/** Does a piece of work for each item, so many at a time as there are processors; what failed is thrown when all begun have ended, the earliest first. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  lanes: number = availableParallelism(),
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!).catch((error: unknown) => {
        next = items.length;
        throw error;
      });
    }
  };
  await allOf(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return results;
}

/** The values of works that go on at once. All are waited for, so that nothing goes on behind an error; what failed is thrown, the earliest first. */
export async function allOf<const T extends readonly unknown[]>(works: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const failed: PromiseRejectedResult[] = [];
  const note = (reason: unknown) => void failed.push({ status: 'rejected', reason });
  const values = await Promise.all(works.map((work) => Promise.resolve(work).catch(note)));
  throwFailures(failed);
  return values as never;
}
