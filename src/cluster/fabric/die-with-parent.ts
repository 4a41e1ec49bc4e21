import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;
const shells = new Set(['sh', 'dash', 'bash', 'ash', 'busybox', 'zsh', 'ksh']);

/**
 * Calls `gone` once when the npm that started this process is no more, within 100 ms; without npm (or pnpm, yarn) nothing is watched,
 * so that `nohup` and a closed terminal mean what they always mean. npm is the grandparent (`npm` -> `sh -c` -> `node`), so neither
 * a changed parent nor a parent-death signal alone tells that it was killed. Returns what ends the watch.
 * @param gone what to do then; the default ends this process as npm was ended, and the parent-death signals of its children do the rest.
 */
export function dieWithParent(gone: () => void = () => process.kill(process.pid, 'SIGKILL')): () => void {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const before = ancestors();
  if (before.at(-1) === 1 && !isScriptRunner(1)) gone(); // npm died before this line was reached
  const watch = setInterval(() => {
    if (ancestors().join() === before.join()) return;
    clearInterval(watch);
    gone();
  }, LOOK_EVERY_MS);
  watch.unref();
  return () => clearInterval(watch);
}

/** Process ids from the parent up to the first that is not a shell; only the parent where there is no /proc. */
function ancestors(): number[] {
  const pids = [process.ppid];
  for (;;) {
    const stat = statOf(pids.at(-1)!);
    if (stat === undefined || !shells.has(stat.name)) return pids;
    pids.push(stat.parent);
  }
}

const isScriptRunner = (pid: number): boolean => /^(npm|node|pnpm|yarn|bun|MainThread)/.test(statOf(pid)?.name ?? '');

/** proc_pid_stat(5): the name stands in brackets and may hold any character, brackets too. */
function statOf(pid: number): { readonly name: string; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) };
  } catch {
    return undefined;
  }
}
