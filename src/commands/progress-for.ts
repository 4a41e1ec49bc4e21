import { createProgress, jsonProgress, type Progress, silentProgress } from '../progress.ts';

/** How long work is told: to other programs on stdout, not at all, or to people on stderr. */
export function progressFor({ json, quiet }: { readonly json?: boolean; readonly quiet?: boolean }): Progress {
  if (json) return jsonProgress((line) => process.stdout.write(line));
  return quiet ? silentProgress : createProgress();
}
