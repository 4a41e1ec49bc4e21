import { type Command, Option } from 'commander';
import { refuseOptionAsValue } from './refuse-option-as-value.ts';
import { type CommandName, optionsOf } from './table.ts';

/**
 * Gives a command the options that the table has for it. Values stay texts: what takes an option says what is wrong with its value.
 * @param known choices that help lists.
 */
export function addOptions(
  command: Command,
  name: CommandName,
  known: Readonly<Record<string, readonly string[]>> = {},
): Command {
  for (const { name: option, type, value, help, default: byDefault, required, choices = '' } of optionsOf(name)) {
    const listed = known[choices] ? ` (${known[choices].join(', ')})` : '';
    const added = new Option(value === undefined ? `--${option}` : `--${option} <${value}>`, help + listed);
    if (byDefault !== undefined) added.default(byDefault);
    if (required) added.makeOptionMandatory();
    if (value !== undefined)
      added.argParser((text: string, before: unknown) => {
        refuseOptionAsValue(added, text);
        return type === 'texts' ? [...((before as string[] | undefined) ?? []), text] : text;
      });
    command.addOption(added);
  }
  return command;
}
