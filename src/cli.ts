import { Command, CommanderError, Option } from 'commander';
import { providerFlags } from './cluster/contract/options.ts';
import { addSuppressed, type ExitCode, errorText, exitCode, firstError, suppressedErrors, TrafficlabError } from './errors.ts';
import { unexpectedFileError } from './files/file-error.ts';
import { refuseOptionsAsValues } from './option-values.ts';
import { plainText } from './plain.ts';
import { print, standardOutputFailure, watchStandardStreams } from './process/standard-output.ts';
import { defaultFormat, formatNames } from './report/formats.ts';
import { version } from './version.ts';

/** argv -> command -> exit code. Commands are imported when they run, so that `--help` answers at once. */
const program = new Command('trafficlab')
  .description('Who carries my Kubernetes traffic, what does each choice cost, and when does it start to matter?')
  .version(version)
  .option('--verbose', 'show a stack trace with an error')
  .exitOverride()
  .configureOutput({
    writeOut: print,
    outputError: (text, write) => write(plainText(text.replace(/^error: /, ''))),
  });

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** A command that makes providers takes their options. */
const withProviders = (command: Command): Command => {
  for (const { flags, description } of providerFlags) command.option(flags, description);
  return command;
};

/** Images, of the commands that create clusters. */
const withImages = (command: Command): Command =>
  command.addOption(
    new Option('--image <name=reference>', 'use another image; the names are those of TRAFFICLAB_IMAGES in the README')
      .argParser(collect)
      .default([]),
  );

withImages(withProviders(program.command('lab [name]')))
  .description('run a lab by name or file; without a name, pick one in a terminal, and list the labs elsewhere')
  .option('--provider <name>', 'where clusters come from; default: the first that can run the lab')
  .option('--dry-run', 'print the plan and create nothing (packages that a run would fetch into its cache are fetched)')
  .option('--connections <n>', "the generator's connections")
  .option('--duration <seconds>', 'length of each window')
  .option('--warmup <seconds>', 'before each window')
  .option('--blocks <n>', 'passes over all cells; no verdict below 6')
  .option('--workers <n>', 'worker nodes')
  .option('--replicas <n>', 'echo pods')
  .option('--seed <n>', 'of the order of cells')
  .option('--kubernetes <version>', 'Kubernetes version, as in 1.34')
  .option('--keep', 'leave the clusters running')
  .option('--reuse', 'use clusters again that --keep left')
  .option('--results <folder>', 'default: results')
  .option('--quiet', 'no progress')
  .option('--json', 'progress and result for other programs: one JSON object a line on stdout')
  .option('--yes', 'install missing packages without asking')
  .action(async (name: string | undefined, options) => {
    if (name === undefined && !options.json && process.stdin.isTTY && process.stdout.isTTY)
      return finish((await import('./commands/pick.ts')).pickCommand(options));
    if (name === undefined) return finish((await import('./commands/list.ts')).listCommand());
    return finish((await import('./commands/lab.ts')).labCommand(name, options));
  });

program
  .command('new <name>')
  .description('write a lab file of your own, every key of it explained')
  .option('--lab <name>', 'begin with this lab')
  .action(async (name: string, options) => finish((await import('./commands/new.ts')).newCommand(name, options)));

program
  .command('compare <run...>')
  .description('compare runs from disk: folders, lab names (the newest run) or the beginning of a run name')
  .option('--force', 'compare runs from different environments; the output says so')
  .option('--json', 'print verdicts as JSON')
  .option('--results <folder>', 'default: results')
  .action(async (runs: string[], options) => finish((await import('./commands/compare.ts')).compareCommand(runs, options)));

program
  .command('report [run...]')
  .description(
    'write the report of runs: folders, lab names (the newest run) or the beginning of a run name; none: the newest of each lab',
  )
  .option('--format <names>', `one or several of ${formatNames.join(', ')}, with commas between, or all`, defaultFormat)
  .option(
    '--out <path>',
    'a folder, or a file for a single format; default: the folder of the run, or of all results for several',
  )
  .option(
    '--baseline <run>',
    'exit code 1 where a cell is proven to be worse than in that run, or has lost its figures; never for what cannot be told',
  )
  .option('--tolerance <percent>', "how much worse is no regression; default: what the baseline's lab calls equivalent")
  .option('--force', 'set runs of one lab beside each other whose environments differ; the report says so')
  .option('--results <folder>', 'default: results')
  .action(async (runs: string[], options) => finish((await import('./commands/report.ts')).reportCommand(runs, options)));

withProviders(program.command('doctor'))
  .description('show what every provider can do here, what it lacks, and what adds it')
  .option('--fix', 'get what needs no decision first: missing packages, without sudo')
  .action(async (options) => finish((await import('./commands/doctor.ts')).doctorCommand(options)));

withProviders(program.command('clean'))
  .description('delete what earlier runs left behind')
  .action(async (options) => finish((await import('./commands/clean.ts')).cleanCommand(options)));

withImages(withProviders(program.command('run <folder>', { hidden: true })))
  .option('--kubernetes <version>')
  .requiredOption('--family <id>')
  .option('--keep')
  .option('--reuse')
  .option('--quiet')
  .option('--json')
  .option('--began <ms>', 'as Date.now() has it', Number)
  .action(async (folder: string, options) => finish((await import('./commands/run.ts')).runCommand(folder, options)));

async function finish(ending: Promise<ExitCode>): Promise<void> {
  process.exitCode = await ending;
}

function report(thrown: unknown): ExitCode {
  const error = firstError(thrown);
  const verbose = process.argv.includes('--verbose');
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage; // commander has said why
  const told = error instanceof TrafficlabError ? error : unexpectedFileError(error);
  if (told) {
    for (const other of told === error ? [] : suppressedErrors(error)) addSuppressed(told, other);
    process.stderr.write(`trafficlab: ${plainText(errorText(told))}\n`);
    if (verbose) process.stderr.write(`${plainText(stackOf(error))}\n`);
    return told.exitCode;
  }
  process.stderr.write(`trafficlab: internal error; please report it: ${plainText(stackOf(error))}\n`);
  return exitCode.failed;
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Options come after `--` where npm runs the command, and so do people write them elsewhere; no name begins with a hyphen, so the first tells nothing. */
const isNoDoubleDash = (word: string, at: number, words: readonly string[]): boolean =>
  word !== '--' || words.indexOf('--') !== at;

// A reader that has gone must not end a run before it has taken down what it made.
watchStandardStreams();
refuseOptionsAsValues(program);

try {
  await program.parseAsync(process.argv.filter(isNoDoubleDash));
} catch (error) {
  process.exitCode = report(error);
}
// What another program reads through a socket is written later, and leaving would cut it off.
for (const stream of [process.stdout, process.stderr])
  if (stream.writableLength > 0) await new Promise<void>((done) => stream.write('', () => done()));
const lost = standardOutputFailure();
// The command around `run` has the same standard output, and says it.
if (lost && !process.exitCode && process.argv[2] !== 'run') process.exitCode = report(lost);
// Sockets of a cluster that is gone may linger; the work is done.
process.exit();
