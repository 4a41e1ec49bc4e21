import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { SetUpError } from './main.mjs';

const LAST_LINES = 15;
const stopSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs a program and keeps what it says to itself.
 * @returns {Promise<{ exitCode: number, output: string }>} the end of what it said, for when it failed
 */
export async function runQuietly(argv, options) {
  const child = start(argv, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-100_000);
    });
  const exitCode = await ended(argv, child);
  return { exitCode, output };
}

/** The last lines of some output, indented and without colours. */
export const lastLines = (output) =>
  stripVTControlCharacters(output).trimEnd().split('\n').slice(-LAST_LINES).join('\n').replace(/^/gm, '  ');

/** Runs a program on this terminal and returns its exit code. */
export function runThrough(argv, options) {
  return ended(argv, start(argv, { ...options, stdio: 'inherit' }));
}

function start([file, ...args], options) {
  return spawn(file, args, options);
}

/** Hands signals on and waits, so that nothing goes on working behind the back of someone who pressed Ctrl-C. */
function ended(argv, child) {
  let stoppedBy;
  const handlers = Object.keys(stopSignals).map((signal) => [
    signal,
    () => {
      stoppedBy = signal;
      child.kill(signal);
    },
  ]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new SetUpError(`could not start ${argv[0]}: ${error.message}`)));
    child.once('close', (exitCode, signal) => resolve(exitCode ?? stopSignals[signal] ?? 1));
  })
    .then((exitCode) => {
      if (stoppedBy) process.exit(stopSignals[stoppedBy]);
      return exitCode;
    })
    .finally(() => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    });
}
