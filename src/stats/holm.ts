/**
 * Holm's step-down correction: p values adjusted so that rejecting those under 5 % rejects a true hypothesis in at most 5 % of tables.
 * Same order as given. (S. Holm, "A simple sequentially rejective multiple test procedure", 1979)
 */
export function holm(ps: readonly number[]): number[] {
  const adjusted = new Array<number>(ps.length);
  const ascending = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  let largest = 0;
  for (const [rank, { p, index }] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, p * (ps.length - rank)));
    adjusted[index] = largest;
  }
  return adjusted;
}
