import { print } from '../process/standard-output.ts';
import { createProgress, jsonProgress, type Progress, silentProgress } from '../progress/progress.ts';

export interface ToldHow {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** When the command began, as Date.now() has it; absent: now. */
  readonly began?: number;
}

/** How long work is told: not at all, to other programs on stdout, or to people on stderr. */
export function progressFor({ json, quiet, began }: ToldHow): Progress {
  if (quiet) return silentProgress;
  return json ? jsonProgress((line) => print(line)) : createProgress(began === undefined ? {} : { began });
}
