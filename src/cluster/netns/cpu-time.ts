import { readdir, readFile } from 'node:fs/promises';

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
