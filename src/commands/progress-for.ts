import type { Values } from '../options/table.ts';
import { print } from '../process/standard-output.ts';
import { createProgress } from '../progress/create-progress.ts';
import { jsonProgress } from '../progress/json-progress.ts';
import type { Progress } from '../progress/progress.ts';
import { silentProgress } from '../progress/silent-progress.ts';

/** How progress is shown: not at all, to other programs on stdout, or to people on stderr. */
export function progressFor({ json, quiet, began }: Values<'json' | 'quiet' | 'began'>): Progress {
  if (quiet) return silentProgress;
  return json ? jsonProgress((line) => print(line)) : createProgress(began === undefined ? {} : { began: Number(began) });
}
