import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import util from 'node:util';
import { SetUpError, say } from './main.mjs';

const LINES_SHOWN = 12;
const stopSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs a program and keeps what it says to itself; `announcement` is said when a stop would already be handed on.
 * @returns {Promise<{ exitCode: number, output: string }>} what it said, for when it failed
 */
export async function runQuietly(argv, { announcement, ...options }) {
  const child = start([...dyingWithUs(), ...argv], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  const ending = ended(argv, child);
  say(announcement);
  const exitCode = await ending;
  return { exitCode, output };
}

/** Runs a program on this terminal and returns its exit code. */
export function runThrough(argv, options) {
  return ended(argv, start(argv, { ...options, stdio: 'inherit' }));
}

/** What went wrong: the lines from the first that says "error", indented, without colours and stack frames. */
export function reason(output) {
  const lines = util
    .stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => !/^(npm \w+!?)?\s*(at .*)?$/.test(line));
  const first = lines.findIndex((line) => /\berr(or|!)/i.test(line));
  const shown = first === -1 ? lines.slice(-LINES_SHOWN) : lines.slice(first, first + LINES_SHOWN);
  return shown.join('\n').replace(/^/gm, '  ');
}

/** Where it can be had (util-linux), the child dies with this process even when that is killed: its lock is free then, so its work must have ended. */
function dyingWithUs() {
  const setpriv = '/usr/bin/setpriv';
  return existsSync(setpriv) && realpathSync(setpriv) === setpriv ? [setpriv, '--pdeathsig', 'KILL'] : [];
}

function start([file, ...args], options) {
  return spawn(file, args, options);
}

/** Hands signals on and waits, so that nothing goes on working behind the back of someone who pressed Ctrl-C. */
async function ended(argv, child) {
  let stoppedBy;
  const handOn = (signal) => {
    stoppedBy = signal;
    child.kill(signal);
  };
  for (const signal of Object.keys(stopSignals)) process.on(signal, handOn);
  const exitCode = await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new SetUpError(`could not start ${argv[0]}: ${error.message}`)));
    child.once('close', (code, signal) => resolve(code ?? stopSignals[signal] ?? 1));
  });
  for (const signal of Object.keys(stopSignals)) process.off(signal, handOn);
  if (stoppedBy) throw new SetUpError('stopped', { exitCode: stopSignals[stoppedBy] });
  return exitCode;
}
