import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ControllerName, controllerTable } from '../contract/controllers.ts';

/**
 * How many workers a proxy runs now, as the kernel shows its processes: nginx' worker processes, the threads of haproxy's newest worker,
 * the cores that traefik uses at a time (its environment, else those that it may run on). Workers that are on their way out do not count.
 * @param pid of the process that was started. @returns undefined where it cannot be seen.
 */
export async function workersOf(controller: ControllerName, pid: number, procfs = '/proc'): Promise<number | undefined> {
  try {
    return await looks[controllerTable[controller].workers](controller, pid, procfs);
  } catch {
    return undefined; // the process has ended meanwhile
  }
}

type Workers = (typeof controllerTable)[ControllerName]['workers'];

const looks: Readonly<Record<Workers, (name: ControllerName, pid: number, procfs: string) => Promise<number | undefined>>> = {
  processes: async (name, pid, procfs) => {
    const titles = await Promise.all((await childrenOf(pid, procfs)).map((child) => read(procfs, child, 'cmdline')));
    return titles.filter((title) => title.replace(/[\0 ]*$/, '') === `${name}: worker process`).length;
  },
  threads: async (_name, pid, procfs) => {
    const newest = (await childrenOf(pid, procfs)).at(-1);
    return newest === undefined ? undefined : (await readdir(join(procfs, String(newest), 'task'))).length;
  },
  cores: async (_name, pid, procfs) => {
    const set = /(?:^|\0)GOMAXPROCS=(\d+)/.exec(await read(procfs, pid, 'environ'))?.[1];
    if (set !== undefined) return Number(set);
    const allowed = /^Cpus_allowed_list:\s+(\S+)/m.exec(await read(procfs, pid, 'status'))?.[1];
    return allowed === undefined ? undefined : coresIn(allowed);
  },
};

const read = (procfs: string, pid: number, file: string): Promise<string> => readFile(join(procfs, String(pid), file), 'utf8');

/** In the order of their ids, which is that of their start but where the kernel begins anew. */
const childrenOf = async (pid: number, procfs: string): Promise<number[]> =>
  (await read(procfs, pid, `task/${pid}/children`)).split(' ').filter(Boolean).map(Number);

/** "0-3,6": five. */
const coresIn = (list: string): number =>
  list.split(',').reduce((sum, range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
