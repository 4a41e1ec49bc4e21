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
    // The program itself is node, and its path says nothing: it may be installed below a folder of any name.
    const [, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return args.some((arg) => arg.includes('trafficlab'));
  } catch {
    return process.platform !== 'linux';
  }
}
