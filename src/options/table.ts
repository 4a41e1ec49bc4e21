import type { Command } from './commands.ts';

/** What takes options: a command, or the program itself. */
export type CommandName = Command | 'trafficlab';

/**
 * An option of the command line. All that knows options is made from these: the commands' own options and help, what overrides a lab, what a
 * provider gets, the arguments of the command that runs itself again, the check for options that npm kept, docs/options.md and completion.
 */
export interface Option {
  readonly commands: readonly CommandName[];
  /** A number may come as a text. */
  readonly type: 'switch' | 'text' | 'texts' | 'number';
  /** What the value is called; absent for a switch. */
  readonly value?: string;
  readonly help: string;
  readonly default?: string;
  readonly required?: true;
  /** Where the values come from that it may have. */
  readonly choices?: 'providers' | 'formats' | 'labs' | 'files' | 'folders';
  /** The field of a lab that it sets. */
  readonly lab?: readonly string[];
  /** It is for a provider, and goes into the plan. */
  readonly provider?: true;
  /** A regular expression of its values, by which the value is found among words where npm kept the option to itself; absent: any word. */
  readonly pattern?: string;
  /** npm has such an option too, and makes this key and value of it. */
  readonly npm?: readonly [key: string, value: string];
}

const providers = ['lab', 'doctor', 'clean'] as const;
const NUMBER = '^\\d+(\\.\\d+)?$';
const WHOLE = '^\\d+$';

/** Every option by its name on the command line, in the order of help and docs. */
export const options = {
  provider: {
    commands: ['lab'],
    type: 'text',
    value: 'name',
    choices: 'providers',
    help: 'where clusters come from; default: the first that can run the lab',
  },
  'dry-run': {
    commands: ['lab'],
    type: 'switch',
    help: 'print the plan without creating anything; may download packages to the cache',
    npm: ['dry-run', 'true'],
  },
  blocks: {
    commands: ['lab'],
    type: 'number',
    value: 'n',
    help: 'passes over all cells; no verdict below 6',
    lab: ['blocks'],
    pattern: WHOLE,
  },
  connections: {
    commands: ['lab'],
    type: 'number',
    value: 'n',
    help: 'connections of the load generator',
    lab: ['load', 'connections'],
    pattern: WHOLE,
  },
  duration: {
    commands: ['lab'],
    type: 'number',
    value: 'seconds',
    help: 'length of each window, in seconds',
    lab: ['load', 'duration'],
    pattern: NUMBER,
  },
  warmup: {
    commands: ['lab'],
    type: 'number',
    value: 'seconds',
    help: 'warm-up before each window, in seconds',
    lab: ['load', 'warmup'],
    pattern: NUMBER,
  },
  workers: {
    commands: ['lab'],
    type: 'number',
    value: 'n',
    help: 'worker nodes',
    lab: ['cluster', 'workers'],
    pattern: WHOLE,
  },
  replicas: {
    commands: ['lab'],
    type: 'number',
    value: 'n',
    help: 'echo pods',
    lab: ['workload', 'replicas'],
    pattern: WHOLE,
  },
  seed: {
    commands: ['lab'],
    type: 'number',
    value: 'n',
    help: 'seed of the cell order; default: a new one',
    lab: ['seed'],
    pattern: WHOLE,
  },
  kubernetes: {
    commands: ['lab'],
    type: 'text',
    value: 'version',
    help: 'Kubernetes version, for example 1.34',
    lab: ['cluster', 'kubernetes'],
    pattern: '^v?\\d+\\.\\d+',
  },
  keep: { commands: ['lab'], type: 'switch', help: 'leave the clusters running' },
  reuse: { commands: ['lab'], type: 'switch', help: 'use clusters that --keep left' },
  yes: { commands: ['lab'], type: 'switch', help: 'install missing packages without asking', npm: ['yes', 'true'] },
  lab: { commands: ['new'], type: 'text', value: 'name', choices: 'labs', help: 'start from this lab' },
  format: {
    commands: ['report'],
    type: 'text',
    value: 'names',
    choices: 'formats',
    help: 'report formats, separated by commas',
    default: 'html',
    pattern: '^[a-z,]+$',
  },
  out: {
    commands: ['report'],
    type: 'text',
    value: 'path',
    choices: 'files',
    help: 'a folder, or a file for a single format; default: the folder of the run, or of all results for several',
  },
  baseline: {
    commands: ['report'],
    type: 'text',
    value: 'run',
    choices: 'files',
    help: 'exit with 1 if a cell is significantly worse than in that run, or no longer has figures',
  },
  tolerance: {
    commands: ['report'],
    type: 'number',
    value: 'percent',
    help: "allowed slowdown, in percent; default: equivalence of the baseline's lab",
    pattern: NUMBER,
  },
  force: {
    commands: ['compare', 'report'],
    type: 'switch',
    help: 'compare runs from different environments; the output says so',
    npm: ['force', 'true'],
  },
  results: {
    commands: ['lab', 'compare', 'report'],
    type: 'text',
    value: 'folder',
    choices: 'folders',
    help: 'folder of all results; default: $TRAFFICLAB_RESULTS, else results',
  },
  quiet: { commands: ['lab', 'run'], type: 'switch', help: 'no progress', npm: ['loglevel', 'warn'] },
  json: {
    commands: ['lab', 'compare', 'run'],
    type: 'switch',
    help: 'JSON on stdout: progress and result of a lab (one object per line), or the verdicts of compare',
    npm: ['json', 'true'],
  },
  fix: { commands: ['doctor'], type: 'switch', help: 'first download missing packages to the cache, without sudo' },
  image: {
    commands: ['lab'],
    type: 'texts',
    value: 'name=reference',
    provider: true,
    help: 'use another image (names: see TRAFFICLAB_IMAGES in the README)',
    pattern: '=',
  },
  kind: {
    commands: providers,
    type: 'text',
    value: 'path',
    choices: 'files',
    provider: true,
    help: 'kind: path of the program',
    pattern: 'kind',
  },
  'kind-userspace': {
    commands: providers,
    type: 'text',
    value: 'path',
    choices: 'files',
    provider: true,
    help: 'kind: path of the program for Kubernetes 1.25',
    pattern: 'kind',
  },
  k3d: {
    commands: providers,
    type: 'text',
    value: 'path',
    choices: 'files',
    provider: true,
    help: 'k3d: path of the program',
    pattern: 'k3d',
  },
  context: {
    commands: providers,
    type: 'text',
    value: 'name',
    provider: true,
    help: 'kubeconfig: context of the existing cluster; required',
  },
  kubeconfig: {
    commands: providers,
    type: 'text',
    value: 'file',
    choices: 'files',
    provider: true,
    help: 'kubeconfig: the file to read; default: $KUBECONFIG, else ~/.kube/config',
  },
  'allow-cluster-scope': {
    commands: providers,
    type: 'switch',
    provider: true,
    help: "kubeconfig: allow objects outside the run's namespace, and privileged pods to inspect nodes",
  },
  'yes-i-mean': {
    commands: providers,
    type: 'text',
    value: 'context',
    provider: true,
    help: 'kubeconfig: the context again, if its API server is not on this machine',
  },
  family: { commands: ['run'], type: 'text', value: 'id', required: true, help: 'the family of the plan to run' },
  began: { commands: ['run'], type: 'number', value: 'ms', help: 'start time of the command, in milliseconds since 1970' },
  verbose: { commands: ['trafficlab'], type: 'switch', help: 'show a stack trace with an error', npm: ['loglevel', 'verbose'] },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof options;

/** Each option with its name, as plain data. */
export const optionList: readonly (Option & { readonly name: OptionName })[] = Object.entries(options).map(([name, option]) => ({
  name: name as OptionName,
  ...option,
}));

/** The options of a command. */
export const optionsOf = (command: CommandName) => optionList.filter(({ commands }) => commands.includes(command));

/** An option's name as a property: "dry-run" is `dryRun`. */
export const propertyOf = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

type Property<Name extends string> = Name extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Property<Tail>>}` : Name;
type ValueOf<Type extends Option['type']> = {
  switch: boolean;
  text: string;
  texts: readonly string[];
  number: string | number;
}[Type];
type Table = typeof options;

/** The values of some options, as the command line parses them. */
export type Values<Name extends OptionName> = { readonly [Key in Name as Property<Key>]?: ValueOf<Table[Key]['type']> };

/** The options that a command takes, with their values. */
export type CommandOptions<Command extends CommandName> = Values<
  { [Key in OptionName]: Command extends Table[Key]['commands'][number] ? Key : never }[OptionName]
>;

/** Names of the options with a trait: of a provider, or of a field of a lab. */
export type NamesWith<Trait extends 'provider' | 'lab'> = {
  [Key in OptionName]: Table[Key] extends Record<Trait, unknown> ? Key : never;
}[OptionName];
