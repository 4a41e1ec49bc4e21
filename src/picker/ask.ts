import inquirer from 'inquirer';
import { plainText } from '../plain.ts';
import type { Line } from './pages.ts';

/** The terminal's own wish to leave: Ctrl-C, or a closed terminal. */
export class LeftError extends Error {}

let left = new AbortController();

/**
 * Hears Ctrl-C from the first page to the last: between two pages the terminal is not raw, so that it is a signal, which the listener of a
 * page that is just closing would swallow. The page that is open then, or the next one, ends in LeftError.
 */
export function hearCtrlC(): Disposable {
  left = new AbortController();
  const onSignal = (): void => left.abort();
  process.on('SIGINT', onSignal);
  return { [Symbol.dispose]: () => void process.off('SIGINT', onSignal) };
}

/** Esc: one page back. */
export const ESCAPED = Symbol('Esc');

/** Chooses from a list. @param at the value under the cursor at first; default: the first. @throws LeftError */
export const askList = <T>(message: string, lines: readonly Line<T>[], at?: T): Promise<T | typeof ESCAPED> =>
  ask<T>({
    type: 'select',
    message: plainText(message),
    choices: lines.map(choiceOf),
    default: at,
    pageSize: pageSize(message),
    loop: false,
    theme,
  });

/** Chooses from what `source` finds for the words typed so far; the page is there while the first answer is waited for. @throws LeftError */
export const askSearch = <T>(
  message: string,
  source: (term: string | undefined) => Promise<readonly Line<T>[]>,
): Promise<T | typeof ESCAPED> =>
  ask<T>({
    type: 'search',
    message,
    source: async (term: string | undefined) => (await source(term)).map(choiceOf),
    pageSize: pageSize(message),
    theme,
  });

/** Asks for a text. @param refuse what is wrong with it, if anything. @throws LeftError */
export const askText = (
  message: string,
  fallback: string,
  refuse: (text: string) => string | undefined,
): Promise<string | typeof ESCAPED> =>
  ask<string>({ type: 'input', message, default: fallback, validate: (text: string) => refuse(text) ?? true });

// A line that cannot be chosen is its reason.
const theme = { style: { disabled: (text: string) => `  ${text.trim()}` } };

/** Lines of a list that fit, below the message and above what is told of the line under the cursor. */
const pageSize = (message: string): number => Math.max(5, (process.stdout.rows || 24) - message.split('\n').length - 6);

function choiceOf<T>(line: Line<T>) {
  if ('title' in line) return new inquirer.Separator(plainText(line.title));
  const { value, name, description, disabled } = line;
  return {
    value,
    name: plainText(name),
    short: plainText(name.trim().split('  ')[0] ?? ''),
    ...(description === undefined ? {} : { description: plainText(description) }),
    ...(disabled === undefined ? {} : { disabled: plainText(disabled) }),
  };
}

async function ask<T>(question: object): Promise<T | typeof ESCAPED> {
  const leaving = new AbortController();
  const onKey = (_text: string, key: { readonly name?: string } | undefined): void => {
    if (key?.name === 'escape') leaving.abort();
  };
  process.stdin.on('keypress', onKey);
  try {
    const signal = AbortSignal.any([leaving.signal, left.signal]);
    const prompt = inquirer.createPromptModule({ signal, clearPromptOnDone: true } as never);
    const { answer } = (await prompt([{ ...question, name: 'answer' }] as never)) as unknown as { answer: T };
    return answer;
  } catch (error) {
    if (left.signal.aborted) throw new LeftError('left', { cause: error });
    if (leaving.signal.aborted) return ESCAPED;
    if (error instanceof Error && error.name === 'ExitPromptError') throw new LeftError('left', { cause: error });
    throw error;
  } finally {
    process.stdin.off('keypress', onKey);
  }
}
