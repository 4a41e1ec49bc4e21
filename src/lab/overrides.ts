import { UsageError } from '../errors.ts';
import { checkLab, type Problem } from './problems.ts';
import type { Lab } from './schema.ts';

/** The options of the command line that change a lab, and the field that each one sets. */
export const overrideFields = {
  connections: ['load', 'connections'],
  duration: ['load', 'duration'],
  warmup: ['load', 'warmup'],
  blocks: ['blocks'],
  seed: ['seed'],
  workers: ['cluster', 'workers'],
  replicas: ['workload', 'replicas'],
  kubernetes: ['cluster', 'kubernetes'],
} as const satisfies Record<string, readonly string[]>;

export type OverrideName = keyof typeof overrideFields;
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
    overrides[option] = option === 'kubernetes' ? String(given) : asNumber(given);
    set(changed, path, overrides[option]);
  }
  const checked = checkLab(changed);
  if (checked.lab) return { lab: { name, ...checked.lab }, overrides };
  throw new UsageError(checked.problems.map((problem) => refusal(problem, options)).join('\n'));
}

/** A text that is no number stays a text, and the schema says what is wrong with it. */
const asNumber = (given: string | number) =>
  typeof given === 'string' && given.trim() !== '' && !Number.isNaN(Number(given)) ? Number(given) : given;

function set(lab: Record<string, unknown>, [head, ...rest]: readonly string[], value: unknown): void {
  if (head === undefined) return;
  if (rest.length === 0) lab[head] = value;
  else set(lab[head] as Record<string, unknown>, rest, value);
}

function refusal(problem: Problem, options: Overrides): string {
  const allowed = problem.allowed === undefined ? '' : `, allowed: ${[problem.allowed].flat().join(', ')}`;
  const option = Object.entries(overrideFields).find(([, path]) => path.join('.') === problem.path.join('.'))?.[0];
  // A rule between fields blames the field of the file where an option upset it.
  const given = option === undefined ? undefined : options[option as OverrideName];
  if (given !== undefined) return `--${option} ${given}: ${problem.message}${allowed}`;
  const names = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  return `${names.join(' ')}: ${problem.message}${allowed}`;
}
