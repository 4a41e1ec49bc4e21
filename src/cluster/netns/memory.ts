import { readFile } from 'node:fs/promises';

/** An echo server, its share of the generators, and what the kernel keeps for a node; seen with three nodes and four echo pods. */
const PER_NODE_MIB = 120;

/** MemAvailable of proc_meminfo(5), and what a node takes. */
export async function availableMemory(): Promise<{ readonly available: number; readonly perNode: number }> {
  const [, kib = '0'] = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? [];
  return { available: Math.floor(Number(kib) / 1024), perNode: PER_NODE_MIB };
}
