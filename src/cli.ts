import { Command, CommanderError } from 'commander';
import { addSuppressed, type ExitCode, errorText, exitCode, firstError, suppressedErrors, TrafficlabError } from './errors.ts';
import { unexpectedFileError } from './files/file-error.ts';
import { addOptions } from './options/add-options.ts';
import { type Command as CommandName, commands } from './options/commands.ts';
import { plainText } from './plain.ts';
import { print, standardOutputFailure, watchStandardStreams } from './process/standard-output.ts';
import { formatNames } from './report/formats.ts';
import { version } from './version.ts';

/** argv -> command -> exit code. Commands are imported when they run, so that `--help` answers at once. */
const program = new Command('trafficlab')
  .description('Who carries my Kubernetes traffic, what does each choice cost, and when does it start to matter?')
  .version(version)
  .exitOverride()
  .configureOutput({
    writeOut: print,
    outputError: (text, write) => write(plainText(text.replace(/^error: /, ''))),
  });
addOptions(program, 'trafficlab');

/** A command with its options. */
const command = (
  name: CommandName,
  { words, help, ...rest }: { words: string; help: string; hidden?: true } = commands[name],
): Command =>
  addOptions(program.command(`${name} ${words}`.trim(), rest), name, { formats: [...formatNames, 'all'] }).description(help);

command('lab').action(async (name: string | undefined, options) => {
  if (name === undefined && !options.json && process.stdin.isTTY && process.stdout.isTTY)
    return finish((await import('./commands/pick.ts')).pickCommand(options));
  if (name === undefined) return finish((await import('./commands/list.ts')).listCommand());
  return finish((await import('./commands/lab.ts')).labCommand(name, options));
});
command('new').action(async (name: string, options) => finish((await import('./commands/new.ts')).newCommand(name, options)));
command('compare').action(async (runs: string[], options) =>
  finish((await import('./commands/compare.ts')).compareCommand(runs, options)),
);
command('report').action(async (runs: string[], options) =>
  finish((await import('./commands/report.ts')).reportCommand(runs, options)),
);
command('doctor').action(async (options) => finish((await import('./commands/doctor.ts')).doctorCommand(options)));
command('clean').action(async (options) => finish((await import('./commands/clean.ts')).cleanCommand(options)));
command('completion').action(async (shell: string) =>
  finish((await import('./commands/completion.ts')).completionCommand(shell)),
);
command('run').action(async (folder: string, options) => finish((await import('./commands/run.ts')).runCommand(folder, options)));

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
