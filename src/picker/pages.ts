import cliTruncate from 'cli-truncate';
import { applyOverrides, type OverrideName, overrideFields } from '../lab/overrides.ts';
import type { Lab } from '../lab/schema.ts';
import { options } from '../options/table.ts';
import { wrap } from '../report/wrap.ts';
import { duration } from '../words/format.ts';
import { obstacleWords } from '../words/obstacle.ts';
import { commandLine, type Picked, valueIn } from './command-line.ts';
import { groupOf, groups } from './groups.ts';
import { chosen, type Offer, offersOf } from './provider-choice.ts';

/** A lab with how each provider stands to it. */
export interface Row {
  /** As the command line names it: "ipvs", "./mine.yaml". */
  readonly name: string;
  readonly lab: Lab;
  readonly offers: readonly Offer[];
}

/** A line that can be chosen, or one that cannot, with the reason. */
export interface Choice<T> {
  readonly value: T;
  readonly name: string;
  /** Shown below the list while the line is under the cursor. */
  readonly description?: string;
  readonly disabled?: string;
}
/** A title between choices. */
export interface Title {
  readonly title: string;
}
export type Line<T> = Choice<T> | Title;

/** Room that a prompt's own marks take at the left. */
const MARGIN = 4;
const cut = (text: string, columns: number): string => cliTruncate(text, Math.max(10, columns - MARGIN));

/** The labs that answer to what was typed, grouped by question; those that nothing here can run come last in their group, with the reason. */
export function labPage(rows: readonly Row[], term: string | undefined, columns: number): Line<Row>[] {
  const words = (term ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter(({ name, lab }) => {
    const text = `${name} ${lab.question} ${groupOf(lab)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const widest = Math.max(0, ...rows.map(({ name }) => name.length));
  return groups.flatMap((group) => {
    const members = found.filter(({ lab }) => groupOf(lab) === group);
    const sorted = [...members].sort((one, other) => Number(!chosenOf(one)) - Number(!chosenOf(other)));
    return sorted.length > 0 ? [{ title: cut(group, columns) }, ...sorted.map((row) => labChoice(row, widest, columns))] : [];
  });
}

const chosenOf = ({ lab, offers }: Row) => chosen(lab, offers);

function labChoice(row: Row, widest: number, columns: number): Choice<Row> {
  const runs = chosenOf(row);
  const name = row.name.padEnd(widest);
  if (!runs) {
    const obstacle = row.offers.find(({ obstacle, provider }) => obstacle && !provider.byNameOnly)?.obstacle;
    return {
      value: row,
      name: '',
      disabled: cut(`${name}  cannot run here: ${obstacle ? obstacleWords(obstacle).reason : ''}`, columns),
    };
  }
  return {
    value: row,
    name: cut(`${name}  ${row.lab.question}`, columns),
    description: wrap(`${row.lab.question} (${takes(runs)})`, '', columns - 1).join('\n'),
  };
}

/** "netns, about 1 min, without 2 parts that cannot run here". */
function takes({ provider, fetches, seconds = 0, skips }: Offer): string {
  if (fetches) return `${provider.name}, which first downloads ${fetches.join(', ')}`;
  const parts = skips === 1 ? '1 part that cannot run here' : `${skips} parts that cannot run here`;
  return `${provider.name}, about ${duration(seconds)}${skips > 0 ? `, without ${parts}` : ''}`;
}

export const BACK = 'back';

/** Where a lab's clusters may come from: no one named first, then each by its name. */
export function providerPage({ lab, offers }: Row, columns: number): Choice<string | undefined>[] {
  const first = chosen(lab, offers);
  return [
    ...(first ? [{ value: undefined, name: cut(`first that can run it: ${takes(first)}`, columns) }] : []),
    ...offers.map(({ provider, ...offer }) =>
      offer.obstacle
        ? { value: provider.name, name: '', disabled: cut(`${provider.name}: ${obstacleWords(offer.obstacle).reason}`, columns) }
        : { value: provider.name, name: cut(takes({ provider, ...offer }), columns) },
    ),
    { value: BACK, name: 'back (Esc)' },
  ];
}

export type LastAction = 'run' | 'plan' | 'options' | 'provider' | 'save' | 'back' | 'quit';

/** What may be done with what was picked. */
export const lastPage = (): Choice<LastAction>[] => [
  { value: 'run', name: 'run it' },
  { value: 'plan', name: 'show the whole plan without creating anything' },
  { value: 'options', name: 'change options' },
  { value: 'provider', name: 'choose the provider' },
  { value: 'save', name: 'save as a lab file' },
  { value: 'back', name: 'back to the labs (Esc)' },
  { value: 'quit', name: 'quit' },
];

/** What stands above the last page: the question, what runs it, and the command that does the same. */
export function summary({ lab, offers }: Row, picked: Picked, columns: number): string {
  const offer = offers.find(({ provider }) => provider.name === picked.provider) ?? chosen(lab, offers);
  const changed = offer && offersOf(applyOverrides(lab, picked.options).lab, [offer.provider])[0];
  return [lab.question, changed ? takes(changed) : '', `\n  ${commandLine(picked)}\n`]
    .filter(Boolean)
    .map((line) => (line.startsWith('\n') ? line : cliTruncate(line, columns - 2)))
    .join('\n');
}

/** Every option with what it is now; `keep` only where clusters can outlive the command. */
export function optionPage(lab: Lab, picked: Picked, keeps: boolean, columns: number): Choice<OverrideName | 'keep' | 'back'>[] {
  const line = <T extends OverrideName | 'keep'>(option: T, value: string) => ({
    value: option,
    name: cut(`${option.padEnd(12)} ${value.padEnd(8)} ${options[option].help}`, columns),
  });
  return [
    ...(Object.keys(overrideFields) as OverrideName[]).map((option) =>
      line(option, picked.options[option] ?? valueIn(lab, option)),
    ),
    ...(keeps ? [line('keep', picked.keep ? 'yes' : 'no')] : []),
    { value: BACK, name: 'done (Esc)' },
  ];
}
