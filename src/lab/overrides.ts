import { UsageError } from '../errors.ts';
import { type NamesWith, optionList, options as table } from '../options/table.ts';
import type { Problem } from './problem.ts';
import { checkLab } from './problems.ts';
import type { Lab } from './schema.ts';

/** The options of the command line that change a lab. */
export type OverrideName = NamesWith<'lab'>;

/** The field of a lab that each of them sets. */
export const overrideFields = Object.fromEntries(optionList.flatMap(({ name, lab }) => (lab ? [[name, lab]] : []))) as Readonly<
  Record<OverrideName, readonly string[]>
>;

/** Values as the command line has them, texts included; what is undefined changes nothing. */
export type Overrides = { readonly [name in OverrideName]?: string | number | undefined };

/**
 * A lab with the command line's changes, and those that were given, for the plan to record.
 * @throws UsageError naming each option whose value the lab's schema refuses.
 */
export function applyOverrides(lab: Lab, options: Overrides): { lab: Lab; overrides: Record<string, string | number> } {
  const { name, ...file } = lab;
  const changed = structuredClone(file) as Record<string, unknown>;
  const overrides: Record<string, string | number> = {};
  for (const [option, path] of Object.entries(overrideFields)) {
    const given = options[option as OverrideName];
    if (given === undefined) continue;
    overrides[option] = overrideValue(option as OverrideName, given);
    set(changed, path, overrides[option]);
  }
  const checked = checkLab(changed);
  if (checked.lab) return { lab: { name, ...checked.lab }, overrides };
  throw new UsageError(checked.problems.map((problem) => refusal(problem, overrides)).join('\n'));
}

/** An option's value as the lab has it. A text that is no number stays a text, and the schema says what is wrong with it. */
export function overrideValue(option: OverrideName, given: string | number): string | number {
  if (table[option].type === 'text') return String(given);
  return String(given).trim() === '' || Number.isNaN(Number(given)) ? given : Number(given);
}

function set(lab: Record<string, unknown>, [head, ...rest]: readonly string[], value: unknown): void {
  if (head === undefined) return;
  if (rest.length === 0) lab[head] = value;
  else set(lab[head] as Record<string, unknown>, rest, value);
}

function refusal(problem: Problem, overrides: Readonly<Record<string, string | number>>): string {
  const allowed = problem.allowed === undefined ? '' : `, allowed: ${[problem.allowed].flat().join(', ')}`;
  const option = Object.entries(overrideFields).find(([, path]) => path.join('.') === problem.path.join('.'))?.[0];
  // A rule between fields blames the field of the file where an option upset it.
  const given = option === undefined ? undefined : overrides[option];
  if (given !== undefined) return `--${option} ${given}: ${problem.message}${allowed}`;
  const names = Object.entries(overrides).map(([name, value]) => `--${name} ${value}`);
  return `${names.join(' ')}: ${problem.message}${allowed}`;
}
