import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrafficlabError } from '../errors.ts';
import { type ProxyName, proxies } from './proxy.ts';

/**
 * The process that takes a proxy's reload signal: the one in the pid file of its folder, or the only master of it in this process namespace.
 * @throws TrafficlabError where there is none, or more than one.
 */
export async function findMaster(name: ProxyName, folder: string, procfs = '/proc'): Promise<number> {
  const { pidFile } = proxies[name];
  const written = Number((await readFile(join(folder, pidFile), 'utf8').catch(() => '')).trim());
  if (written > 0 && (await isProxy(written, name, procfs))) return written;

  const pids = (await readdir(procfs))
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .sort((a, b) => a - b);
  const found: number[] = [];
  for (const pid of pids) if (await isMaster(pid, name, procfs)) found.push(pid);
  const [master, ...others] = found;
  if (master === undefined)
    throw new TrafficlabError(`no master process of ${name} found`, {
      remedy: 'set shareProcessNamespace and run both containers as the same user',
    });
  if (others.length > 0)
    throw new TrafficlabError(`several master processes of ${name} (${found.join(', ')}), none of them in ${pidFile}`);
  return master;
}

/** A process whose parent is the same program is a worker. */
async function isMaster(pid: number, name: ProxyName, procfs: string): Promise<boolean> {
  return (await isProxy(pid, name, procfs)) && !(await isProxy(await parentOf(pid, procfs), name, procfs));
}

async function isProxy(pid: number, name: ProxyName, procfs: string): Promise<boolean> {
  const comm = await readFile(join(procfs, String(pid), 'comm'), 'utf8').catch(() => '');
  return comm.trim() === name;
}

/** proc(5): the second field may hold spaces and brackets, the fourth is the parent. */
async function parentOf(pid: number, procfs: string): Promise<number> {
  const stat = await readFile(join(procfs, String(pid), 'stat'), 'utf8').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}
