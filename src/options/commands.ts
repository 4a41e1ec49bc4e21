/** The commands in the order of help: the words that follow each, what it does, and where the first of these words comes from. */
export const commands = {
  lab: {
    words: '[name]',
    help: 'run a lab by name or file; without a name: choose one (in a terminal) or list the labs',
    choices: 'labs',
  },
  new: { words: '<name>', help: 'create a lab file with every key explained' },
  compare: {
    words: '<run...>',
    help: 'compare runs from disk: folders, lab names (the newest run) or the start of a run name',
    choices: 'labs',
  },
  report: {
    words: '[run...]',
    help: 'write the report of runs: folders, lab names (the newest run) or the start of a run name; none: the newest of each lab',
    choices: 'labs',
  },
  doctor: { words: '', help: 'show what each provider supports here, what is missing and how to add it' },
  clean: { words: '', help: 'delete what earlier runs left behind' },
  completion: { words: '<shell>', help: 'print a completion script for bash, zsh or fish', choices: 'shells' },
  run: {
    words: '<folder>',
    help: 'run one family of a plan on disk; lab starts this if a family needs a sandbox or another kernel',
    hidden: true,
  },
} as const satisfies Record<
  string,
  { readonly words: string; readonly help: string; readonly choices?: 'labs' | 'shells'; readonly hidden?: true }
>;

export type Command = keyof typeof commands;
