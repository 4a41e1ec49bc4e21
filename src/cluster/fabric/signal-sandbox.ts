import { readFile } from 'node:fs/promises';

/**
 * Sends a signal to the first process of each sandbox that a process has started: `unshare` keeps SIGINT and SIGTERM from itself, so
 * those sent to the direct child never arrive. A Ctrl-C needs none of this, the terminal sends it to all. Answers how many were told.
 * @param parent the process that started them, as in `process.pid`.
 */
export async function signalSandbox(parent: number, signal: NodeJS.Signals): Promise<number> {
  let told = 0;
  for (const child of await childrenOf(parent)) {
    if ((await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')).trim() !== 'unshare') continue;
    for (const first of await childrenOf(child)) {
      process.kill(first, signal);
      told += 1;
    }
  }
  return told;
}

/** proc_pid_task(5); absent where the process has ended. */
const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);
