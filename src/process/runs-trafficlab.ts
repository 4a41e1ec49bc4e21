import { readFileSync } from 'node:fs';

/** Whether a process of this machine still runs a trafficlab; a recycled process id is not taken for it. */
export function runsTrafficlab(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('trafficlab');
  } catch {
    return process.platform !== 'linux';
  }
}
