import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findMaster } from '../../src/ingress/processes.ts';
import { folderOfTest } from '../support/folder.ts';

/** A /proc of these processes: pid -> [program, parent]. */
async function procfs(processes: Readonly<Record<number, readonly [comm: string, parent: number]>>) {
  const root = await folderOfTest('proc');
  await mkdir(join(root, 'self'));
  for (const [pid, [comm, parent]] of Object.entries(processes)) {
    await mkdir(join(root, pid));
    await writeFile(join(root, pid, 'comm'), `${comm}\n`);
    await writeFile(join(root, pid, 'stat'), `${pid} (${comm}) S ${parent} 1 1 0`);
  }
  return root;
}
const shared = { 1: ['pause', 0], 7: ['nginx', 1], 12: ['nginx', 7], 13: ['nginx', 7], 20: ['node', 1] } as const;

describe('findMaster', () => {
  it('finds the master among its workers', async () =>
    expect(await findMaster('nginx', await folderOfTest('pids'), await procfs(shared))).toBe(7));

  it('believes the pid file where it names such a process', async () => {
    const folder = await folderOfTest('pids');
    const two = await procfs({ ...shared, 30: ['nginx', 1] });
    await expect(findMaster('nginx', folder, two)).rejects.toThrow('several master processes of nginx (7, 30');
    await writeFile(join(folder, 'nginx.pid'), '30\n');
    expect(await findMaster('nginx', folder, two)).toBe(30);
    await writeFile(join(folder, 'nginx.pid'), '20\n'); // a number that was given to another
    expect(await findMaster('nginx', folder, await procfs(shared))).toBe(7);
  });

  it('says what to do where it sees none', async () =>
    expect(findMaster('haproxy', await folderOfTest('pids'), await procfs(shared))).rejects.toThrow(
      'no master process of haproxy found',
    ));
});
