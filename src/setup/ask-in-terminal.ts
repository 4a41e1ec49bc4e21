import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { InterruptedError } from '../errors.ts';

type Terminal<T> = T & { readonly isTTY?: boolean };

/**
 * Asks yes or no at the terminal, no being the answer of Enter and of Ctrl-D; undefined where standard input or error is not a terminal.
 * There is no deadline, a person may think. The question throws InterruptedError on Ctrl-C.
 */
export function askInTerminal(
  input: Terminal<Readable> = process.stdin,
  output: Terminal<Writable> = process.stderr,
): ((question: string) => Promise<boolean>) | undefined {
  if (!input.isTTY || !output.isTTY) return undefined;
  return (question) =>
    new Promise((resolve, reject) => {
      const terminal = createInterface({ input, output, terminal: true });
      // While it reads a line the terminal is raw: Ctrl-C is a key, and no signal comes. A line that never ends answers nothing by itself.
      terminal.once('SIGINT', () => {
        reject(new InterruptedError('stopped at a question; nothing was installed'));
        terminal.close();
      });
      terminal.once('close', () => resolve(false));
      terminal.question(`${question} [y/N] `, (answer) => {
        resolve(/^y(es)?$/i.test(answer.trim()));
        terminal.close();
      });
    });
}
