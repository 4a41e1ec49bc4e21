import { dieWithParent } from '../cluster/fabric/die-with-parent.ts';
import type { Progress } from '../progress.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A signal that fires when the user or the system asks the command to stop, or when the npm that started it was killed; what was created is then taken down.
 * Asked a third time, the process ends at once: `trafficlab clean` finds what it left.
 */
export function interruption(progress: Progress): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let asked = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGTERM' && asked > 0) return; // programs say it until they are heard; only people ask for more
    asked += 1;
    if (asked === 1) progress.note(`${name}: stopping; what was created is taken down`);
    if (asked === 2) progress.note('still taking down; once more ends at once and leaves the rest to: npm run clean');
    if (asked > 2) process.kill(process.pid, 'SIGKILL');
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  const endWatch = dieWithParent(() => {
    progress.note('npm is gone: stopping; what was created is taken down');
    controller.abort();
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      endWatch();
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
