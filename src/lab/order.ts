/** For each block a random permutation of the items; the same seed gives the same permutations on every machine. */
export function shuffledBlocks<T>(items: readonly T[], blocks: number, random: () => number): T[][] {
  return Array.from({ length: blocks }, () => shuffled(items, random));
}

/** Fisher and Yates' shuffle in Durstenfeld's form. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

/** Numbers from 0 up to 1 by Tommy Ettinger's mulberry32; Math.random takes no seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
