import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LARGEST_STATE, stateSizeOffset } from '../../../src/cluster/fabric/extended-state.ts';

const AMX = 'processor : 0\nflags\t\t: fpu avx512f amx_bf16 amx_tile amx_int8\n';
const OLDER = 'processor : 0\nflags\t\t: fpu avx2 avx512f\n';
/** As the package of Debian 12 has it: `movq $0xa88,-0x8(%rbp)`, then the call's first argument. */
const RESTORE = Buffer.from('48c745f8880a0000bf05420000', 'hex');
const SAVE = Buffer.from('48c745f8880a0000bf04420000', 'hex');

async function offsetIn(parts: readonly Buffer[], cpuinfo: string) {
  const folder = await mkdtemp(join(tmpdir(), 'trafficlab-'));
  try {
    const program = join(folder, 'linux');
    await writeFile(program, Buffer.concat(parts));
    return stateSizeOffset(program, cpuinfo);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('The size that is handed back is found, and not the one that is asked for', async () => {
  const before = Buffer.alloc(1000);
  expect(await offsetIn([before, SAVE, before, RESTORE, before], AMX)).toBe(before.length + SAVE.length + before.length + 4);
});

test('A processor without AMX needs nothing', async () => {
  expect(await offsetIn([Buffer.alloc(1000), RESTORE], OLDER)).toBeUndefined();
});

test('A program that does it another way is left alone', async () => {
  expect(await offsetIn([Buffer.alloc(1000), SAVE, Buffer.alloc(1000)], AMX)).toBeUndefined();
});

test('What is written is four bytes for printf', () => {
  expect(LARGEST_STATE).toBe('\\000\\100\\000\\000');
});
