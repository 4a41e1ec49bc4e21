import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { workersOf } from '../../../src/cluster/netns/ingress-workers.ts';
import { folderOfTest } from '../../support/folder.ts';

async function procfs(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await folderOfTest('proc');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

it("counts nginx' workers, without those that a reload has told to end", async () => {
  const proc = await procfs({
    '10/task/10/children': '11 12 13 ',
    '11/cmdline': 'nginx: worker process is shutting down\0',
    '12/cmdline': 'nginx: worker process\0',
    '13/cmdline': 'nginx: worker process\0\0\0',
  });
  expect(await workersOf('nginx', 10, proc)).toBe(2);
});

it("counts the threads of haproxy's newest worker", async () => {
  const proc = await procfs({
    '10/task/10/children': '11 12',
    ...Object.fromEntries(['11/task/11', '12/task/12', '12/task/13', '12/task/14'].map((task) => [`${task}/comm`, 'haproxy'])),
  });
  expect(await workersOf('haproxy', 10, proc)).toBe(3);
});

it('takes how many cores traefik uses from its environment, else from those that it may run on', async () => {
  const status = 'Name:\ttraefik\nCpus_allowed:\t5f\nCpus_allowed_list:\t0-4,6\n';
  const told = await procfs({ '10/environ': 'PATH=/bin\0GOMAXPROCS=1\0', '10/status': status });
  expect(await workersOf('traefik', 10, told)).toBe(1);
  const free = await procfs({ '10/environ': 'PATH=/bin\0NOT_GOMAXPROCS=1\0', '10/status': status });
  expect(await workersOf('traefik', 10, free)).toBe(6);
});

it('does not know how many workers a process has that is not there', async () => {
  const proc = await procfs({ '10/task/10/children': '' });
  for (const controller of ['nginx', 'haproxy', 'traefik'] as const)
    expect(await workersOf(controller, 99, proc)).toBeUndefined();
  expect(await workersOf('haproxy', 10, proc)).toBeUndefined();
});
