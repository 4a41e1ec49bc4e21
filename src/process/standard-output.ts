import { fstatSync, writeSync } from 'node:fs';
import type { TrafficlabError } from '../errors.ts';
import { fileError } from '../files/file-error.ts';

const STDOUT = 1;
/** The reader has gone (`| head`, a closed terminal), and nobody misses what it does not read. */
const GONE = ['EPIPE', 'EIO'];

let failure: NodeJS.ErrnoException | undefined;
let written: boolean | undefined;

/**
 * Writes to standard output; nothing else in a command does. It never throws, because who prints may be taking something down:
 * `standardOutputFailure` says how it went. After a failure nothing more is written.
 */
export function print(text: string): void {
  if (failure) return;
  written ??= isFile();
  if (written) writeWhole(Buffer.from(text));
  else process.stdout.write(text);
}

/** Why standard output is not whole, exit code 1; undefined where it is, and where its reader has gone. */
export function standardOutputFailure(): TrafficlabError | undefined {
  if (!failure) return undefined;
  return fileError(failure, 'cannot write to standard output', {
    begun: true,
    remedy: 'the output is lost; write to a place with free space',
  }) as TrafficlabError;
}

/** @throws the failure of standard output, where that is cheaper than to go on. */
export function refuseFailedOutput(): void {
  const failed = standardOutputFailure();
  if (failed) throw failed;
}

/** Hears the errors of both streams, which would end the process else. Called once, by the command line. */
export function watchStandardStreams(): void {
  process.stdout.on('error', failed);
  process.stderr.on('error', () => {}); // there is nowhere to tell it
}

function failed(error: NodeJS.ErrnoException): void {
  if (!GONE.includes(error.code ?? '')) failure ??= error;
}

/** A file or a device. Node.js' stream for them takes a short write for a whole one, so that a disk which fills up costs the end in silence. */
function isFile(): boolean {
  try {
    const found = fstatSync(STDOUT);
    return found.isFile() || (found.isCharacterDevice() && !process.stdout.isTTY);
  } catch (error) {
    failed(error as NodeJS.ErrnoException);
    return false;
  }
}

function writeWhole(bytes: Buffer): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
  } catch (error) {
    failed(error as NodeJS.ErrnoException);
  }
}
