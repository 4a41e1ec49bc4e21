import { type Command, Option } from 'commander';
import { refuseOptionAsValue } from './refuse-option-as-value.ts';
import { type CommandName, optionsOf } from './table.ts';

/** Gives a command the options that the table has for it. Values stay texts: what takes an option says what is wrong with its value. */
export function addOptions(command: Command, name: CommandName): Command {
  for (const { name: option, type, value, help, default: byDefault, required } of optionsOf(name)) {
    const added = new Option(value === undefined ? `--${option}` : `--${option} <${value}>`, help);
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
