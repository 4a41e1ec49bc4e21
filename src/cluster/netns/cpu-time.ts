import { readdir, readFile } from 'node:fs/promises';

/** USER_HZ, in which /proc tells of time; the same on all of Linux' processors that Node.js runs on. */
const TICK_NS = 10_000_000n;

/** CPU time of a process, all its threads that live, in nanoseconds (/proc/PID/task/TID/schedstat, first field). */
export async function cpuTimeNs(pid: number): Promise<bigint> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(
    threads.map((thread) =>
      readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').then(
        (text) => BigInt(text.split(' ')[0]!),
        () => 0n, // the thread has ended meanwhile
      ),
    ),
  );
  return times.reduce((sum, time) => sum + time, 0n);
}

/**
 * CPU time of a process, the children it has and, to a hundredth of a second, those it has waited for (proc_pid_stat(5), cutime and
 * cstime): a proxy's workers go when it reloads, and their time must not go with them.
 */
export async function treeCpuTimeNs(pid: number): Promise<bigint> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const waitedFor = (BigInt(fields[13]!) + BigInt(fields[14]!)) * TICK_NS;
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  // A child that ends meanwhile is counted with those waited for the next time.
  const theirs = await Promise.all(children.map((child) => treeCpuTimeNs(child).catch(() => 0n)));
  return [await cpuTimeNs(pid), waitedFor, ...theirs].reduce((sum, time) => sum + time, 0n);
}
