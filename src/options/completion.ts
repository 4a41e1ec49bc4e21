import { type Command, commands } from './commands.ts';
import { type CommandName, type Option, optionsOf } from './table.ts';

/** The values that can be listed; files and folders are left to the shell. */
export type Choices = Readonly<Record<'providers' | 'formats' | 'labs' | 'shells', readonly string[]>>;

/** The shells that a completion script can be made for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The completion script of a shell. Commands, options and values are in it as words, so pressing Tab starts no process. */
export function completionScript(shell: Shell, choices: Choices): string {
  if (shell === 'fish') return fishScript(choices);
  const bash = bashScript(choices);
  return shell === 'bash' ? bash : `#compdef trafficlab\nautoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

const shown = (Object.keys(commands) as Command[]).filter((name) => !('hidden' in commands[name]));
const flagsOf = (name: CommandName) => [...optionsOf(name), ...optionsOf('trafficlab')];
const words = (list: readonly string[]) => list.join(' ');

const valuesOf = ({ choices }: Pick<Option, 'choices'>, all: Choices): readonly string[] =>
  choices === undefined || choices === 'files' || choices === 'folders' ? [] : all[choices];

/** What may come first after a command. */
const firstOf = (name: Command, all: Choices): readonly string[] => {
  const command = commands[name];
  return 'choices' in command ? all[command.choices] : [];
};

/** Where nothing is offered, bash offers files. */
function bashScript(all: Choices): string {
  const takesValue = shown.flatMap(flagsOf).filter(({ value }) => value !== undefined);
  const values = [...new Map(takesValue.map((option) => [option.name, valuesOf(option, all)]))];
  return `_trafficlab() {
  local word=\${COMP_WORDS[COMP_CWORD]} command= offered= at
  for ((at = 1; at < COMP_CWORD; at++)); do
    [[ \${COMP_WORDS[at]} != -* ]] && { command=\${COMP_WORDS[at]}; break; }
  done
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
${values.map(([name, one]) => `    --${name}) COMPREPLY=($(compgen -W '${words(one)}' -- "$word")); return ;;`).join('\n')}
  esac
  case "$command" in
    '') offered='${words([...shown, ...optionsOf('trafficlab').map(({ name }) => `--${name}`)])}' ;;
${shown.map((name) => `    ${name}) offered='${words([...firstOf(name, all), ...flagsOf(name).map((option) => `--${option.name}`)])}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$offered" -- "$word"))
}
complete -o default -F _trafficlab trafficlab
`;
}

function fishScript(all: Choices): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const line = (parts: readonly (string | false)[]) =>
    ['complete -c trafficlab', ...parts.filter((part) => part !== false)].join(' ');
  const option = (command: CommandName, { name, value, help, ...one }: Option & { readonly name: string }) =>
    line([
      command !== 'trafficlab' && `-n '__fish_seen_subcommand_from ${command}'`,
      `-l ${name}`,
      value !== undefined && '-r',
      valuesOf(one, all).length > 0 && `-f -a ${quoted(words(valuesOf(one, all)))}`,
      `-d ${quoted(help)}`,
    ]);
  return `${[
    ...optionsOf('trafficlab').map((one) => option('trafficlab', one)),
    ...shown.flatMap((name) => [
      line(['-n __fish_use_subcommand', '-f', `-a ${name}`, `-d ${quoted(commands[name].help)}`]),
      ...(firstOf(name, all).length > 0
        ? [line([`-n '__fish_seen_subcommand_from ${name}'`, `-a ${quoted(words(firstOf(name, all)))}`])]
        : []),
      ...optionsOf(name).map((one) => option(name, one)),
    ]),
  ].join('\n')}\n`;
}
