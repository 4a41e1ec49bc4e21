/**
 * Splits lines, in their order, into batches that fit into one netlink message of `bytes` (undefined: all in one). `sizeOf` says what a
 * line takes there, rather more than less; a fifth is kept back all the same.
 */
export function inBatches(
  lines: readonly string[],
  sizeOf: (line: string) => number,
  bytes: number | undefined,
): readonly (readonly string[])[] {
  if (bytes === undefined || lines.length === 0) return [lines];
  const limit = bytes * 0.8;
  const batches: string[][] = [[]];
  let filled = 0;
  for (const line of lines) {
    const size = sizeOf(line);
    if (filled > 0 && filled + size > limit) {
      batches.push([]);
      filled = 0;
    }
    batches.at(-1)!.push(line);
    filled += size;
  }
  return batches;
}

/** Measured with nft 1.0.6: an IPv4 rule takes 160 to 540 bytes, an element 80 to 160, and names count twice at most. */
export const nftLineBytes = (line: string): number =>
  line.startsWith('add rule') ? 200 + 2 * line.length : 40 + 1.6 * line.length;

/** Measured with iptables-nft 1.8.9: a chain takes 90 bytes, a rule 240, and each of its matches 300 more. */
export const iptablesLineBytes = (line: string): number =>
  line.startsWith('-A') || line.startsWith('-I') ? 300 + 330 * (line.split(' -m ').length - 1) : 110;
