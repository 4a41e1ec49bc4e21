import { createProgress, jsonProgress, type Progress, silentProgress } from '../progress.ts';

/** How long work is told: not at all, to other programs on stdout, or to people on stderr. */
export function progressFor({ json, quiet }: { readonly json?: boolean; readonly quiet?: boolean }): Progress {
  if (quiet) return silentProgress;
  return json ? jsonProgress((line) => process.stdout.write(line)) : createProgress();
}
