import { type GivenProviderOptions, givenProviderOptions } from '../cluster/contract/options.ts';
import { type ExitCode, exitCode, UsageError } from '../errors.ts';
import { applyOverrides, type OverrideName } from '../lab/overrides.ts';
import { labText, listLabs } from '../lab/read-lab.ts';
import type { Lab } from '../lab/schema.ts';
import { askList, askSearch, askText, ESCAPED, hearCtrlC, LeftError } from '../picker/ask.ts';
import { commandLine, type Picked, valueIn } from '../picker/command-line.ts';
import { BACK, type LastAction, labPage, lastPage, optionPage, providerPage, type Row, summary } from '../picker/pages.ts';
import { chosen, type Examined, offersOf } from '../picker/provider-choice.ts';
import { plainLabel, plainText } from '../plain.ts';
import { print } from '../process/standard-output.ts';
import { type LabOptions, labCommand } from './lab.ts';
import { makeProvider, providerNames } from './make-provider.ts';
import { newLab } from './new.ts';

const columns = (): number => process.stdout.columns || 80;

/**
 * Picks a lab, where its clusters come from and its options in a terminal, shows the command that does the same, and runs it. Remembers nothing.
 * @returns 130 where it is left with Ctrl-C, else what the lab ends in.
 */
export async function pickCommand(options: LabOptions): Promise<ExitCode> {
  using _heard = hearCtrlC();
  const rows = examine(givenProviderOptions(options));
  rows.catch(() => {}); // told by the page that waits for it
  try {
    for (;;) {
      const row = await askSearch<Row>('A lab (type to search, Ctrl-C to leave):', async (term) =>
        labPage(await rows, term, columns()),
      );
      if (row === ESCAPED) return exitCode.ok;
      const ended = await last(row, { lab: row.name, options: {}, keep: false }, options);
      if (ended !== BACK) return ended;
    }
  } catch (error) {
    if (error instanceof LeftError) return exitCode.interrupted;
    throw error;
  }
}

/** Every lab, the built-in ones and those of this folder, with how each provider stands to it. All is looked at once. */
async function examine(options: GivenProviderOptions): Promise<Row[]> {
  const providers = providerNames.map(async (name): Promise<Examined> => {
    const provider = makeProvider(name, options);
    return { name, byNameOnly: provider.byNameOnly === true, keeps: provider.keeps, limits: await provider.inspect() };
  });
  const [examined, own, here] = await Promise.all([Promise.all(providers), listLabs(), listLabs(process.cwd())]);
  const named = [
    ...own.map((listed) => ({ ...listed, name: listed.name })),
    ...here.map((listed) => ({ ...listed, name: `./${listed.name}.yaml` })),
  ];
  return named.flatMap((listed) =>
    'lab' in listed ? [{ name: listed.name, lab: listed.lab, offers: offersOf(listed.lab, examined) }] : [],
  );
}

/** The page with the equivalent command, until something is run or somebody goes back. */
async function last(row: Row, begun: Picked, options: LabOptions): Promise<ExitCode | typeof BACK> {
  let picked = begun;
  let at: LastAction = 'run';
  for (;;) {
    const asked = { ...options, ...picked.options, ...(picked.provider ? { provider: picked.provider } : {}), keep: picked.keep };
    const action: LastAction | typeof ESCAPED = await askList(`${summary(row, picked, columns())}\nNext step:`, lastPage(), at);
    if (action !== ESCAPED) at = action; // what was shown or changed is not run by one key too many
    switch (action) {
      case 'run':
        print(`${plainLabel(commandLine(picked))}\n`);
        return labCommand(picked.lab, asked);
      case 'plan':
        await labCommand(picked.lab, { ...asked, dryRun: true });
        break;
      case 'options':
        picked = await changeOptions(row, picked);
        break;
      case 'provider':
        picked = await chooseProvider(row, picked);
        break;
      case 'save':
        await save(row, picked);
        break;
      case 'quit':
        return exitCode.ok;
      default:
        return BACK;
    }
  }
}

async function chooseProvider(row: Row, picked: Picked): Promise<Picked> {
  const answer = await askList('Provider (where clusters come from):', providerPage(row, columns()));
  if (answer === ESCAPED || answer === BACK) return picked;
  const { provider: _before, ...rest } = picked;
  return answer === undefined ? rest : { ...rest, provider: answer };
}

async function changeOptions(row: Row, begun: Picked): Promise<Picked> {
  let picked = begun;
  let at: OverrideName | 'keep' | typeof BACK | undefined;
  for (;;) {
    const { lab, offers } = row;
    const offer = offers.find(({ provider }) => provider.name === picked.provider) ?? chosen(lab, offers);
    const option = await askList('Options:', optionPage(lab, picked, offer?.provider.keeps ?? false, columns()), at);
    if (option === ESCAPED || option === BACK) return picked;
    at = option;
    if (option === 'keep') picked = { ...picked, keep: !picked.keep };
    else picked = { ...picked, options: await changeOption(lab, picked.options, option) };
  }
}

/** The lab's own value is no change, whether typed or left as it was. */
async function changeOption(lab: Lab, options: Picked['options'], option: OverrideName): Promise<Picked['options']> {
  const own = valueIn(lab, option);
  const { [option]: now = own, ...rest } = options;
  const refuse = (text: string) => (text === own ? undefined : refusal(() => applyOverrides(lab, { ...rest, [option]: text })));
  const answer = await askText(`${option}:`, now, refuse);
  if (answer === ESCAPED) return options;
  return answer === own ? rest : { ...rest, [option]: answer };
}

/** Writes what was picked as a lab file of the user's own; nothing else is remembered. */
async function save(row: Row, picked: Picked): Promise<void> {
  const name = await askText('Name of the new lab file, without .yaml:', `my-${row.lab.name}`, () => undefined);
  if (name === ESCAPED) return;
  const said = await newLab(name, await labText(picked.lab), picked.options).catch((error: unknown) => {
    if (error instanceof UsageError) return `${error.message}. ${error.remedy ?? ''}`;
    throw error;
  });
  print(`${plainText(said)}\n`);
}

function refusal(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}
