import { dieWithParent } from '../cluster/fabric/die-with-parent.ts';
import type { Progress } from '../progress/progress.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a run made, for the words of its end. */
export interface Created {
  /** As in "clusters iptables, nftables on kind". */
  readonly what: string;
  /** Clusters stay (`--keep`). */
  readonly kept: boolean;
  /** The command that deletes what is left; absent where the kernel does, because all of it lives in processes of the command. */
  readonly clean?: string;
}

/**
 * A signal that fires when the user or the system asks the command to stop, or when the npm that started it was killed; what was created is then taken down.
 * Asked a third time, the process ends at once: `trafficlab clean` finds what it left.
 * @param created absent where the process around this one tells it.
 */
export function interruption(progress: Progress, created?: Created): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let asked = 0;
  const tell = (told: (created: Created) => string): void => created && progress.note(told(created));
  const stopping = ({ what, kept }: Created) =>
    kept ? `stopping: keeping ${what}, deleting the rest` : `stopping: deleting ${what}`;
  const onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGTERM' && asked > 0) return; // programs say it until they are heard; only people ask for more
    asked += 1;
    if (asked === 1) tell((made) => `${name}: ${stopping(made)}`);
    if (asked === 2)
      tell(
        ({ what, clean }) =>
          `still deleting; press Ctrl-C again to quit now${clean ? `, then delete ${what} with: ${clean}` : `; the kernel then deletes ${what}`}`,
      );
    if (asked > 2) process.kill(process.pid, 'SIGKILL');
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  const endWatch = dieWithParent(() => {
    tell((made) => `npm exited: ${stopping(made)}`);
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
