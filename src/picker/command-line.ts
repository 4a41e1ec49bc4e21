import { type OverrideName, overrideFields } from '../lab/overrides.ts';
import type { Lab } from '../lab/schema.ts';
import { argumentsOf } from '../options/arguments.ts';
import { quoted } from '../report/repeat.ts';

/** What was picked: as the command line would have it. */
export interface Picked {
  /** A lab's name, or the path of a lab file. */
  readonly lab: string;
  /** Absent: the first that can run the lab. */
  readonly provider?: string;
  readonly options: Readonly<Partial<Record<OverrideName, string>>>;
  readonly keep: boolean;
}

/** The command that does the same without the picker. */
export function commandLine({ lab, provider, options, keep }: Picked): string {
  const words = argumentsOf({ provider, ...options, keep }).flat();
  return ['npm run lab', quoted(lab), ...(words.length > 0 ? ['--', ...words.map(quoted)] : [])].join(' ');
}

/** What an option is in the lab itself, for people; "-" where the lab leaves it open. */
export function valueIn(lab: Lab, option: OverrideName): string {
  const value = overrideFields[option].reduce<unknown>((from, key) => (from as Record<string, unknown>)?.[key], lab);
  return value === undefined ? '-' : String(value);
}
