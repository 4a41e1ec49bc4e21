/** Exit codes of the command line; see README, "Exit codes". */
export const exitCode = { ok: 0, failed: 1, usage: 2, unavailable: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export interface ErrorDetails {
  /** What to do next, one sentence or one command. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** An error that a person can act on: `message` says what was tried and seen, `remedy` what to do next. */
export class TrafficlabError extends Error {
  readonly exitCode: ExitCode = exitCode.failed;
  readonly remedy: string | undefined;
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.remedy = details.remedy;
  }
}

/** The command line was not understood. Exit code 2. */
export class UsageError extends TrafficlabError {
  override readonly exitCode = exitCode.usage;
}

/** A lab file has problems; all of them are in the message, a line each. Exit code 2. */
export class LabFileError extends TrafficlabError {
  override readonly exitCode = exitCode.usage;
}

/** A program that was run ended badly; the message holds the command and the last words of its stderr. Exit code 1. */
export class CommandError extends TrafficlabError {
  /** The last lines that the program wrote to stderr, or to stdout where it wrote none there. */
  readonly lines: readonly string[];
  constructor(message: string, { lines = [], ...details }: ErrorDetails & { readonly lines?: readonly string[] } = {}) {
    super(message, details);
    this.lines = lines;
  }
}

/** There is no such program. Exit code 1. */
export class ProgramMissingError extends CommandError {}

/** A program did not end in time. Exit code 1. */
export class CommandTimeoutError extends CommandError {}

/** A named wait ran out; the message holds the last thing seen. Exit code 1. */
export class TimeoutError extends TrafficlabError {}

/** Mode or path could not be proven, so there is no figure. Exit code 1. */
export class ProofError extends TrafficlabError {}

/** This machine cannot do what was asked; found before anything was created. Exit code 3. */
export class UnavailableError extends TrafficlabError {
  override readonly exitCode = exitCode.unavailable;
}

/** The user stopped the run (SIGINT, SIGTERM). Exit code 130. */
export class InterruptedError extends TrafficlabError {
  override readonly exitCode = exitCode.interrupted;
}

const suppressed = new WeakMap<object, unknown[]>();

/**
 * Keeps an error that came after another one, so that neither replaces the other: cleaning up fails too, or a second family fails.
 * @returns the first error, which decides the exit code.
 */
export function addSuppressed<E>(first: E, later: unknown): E {
  // An interruption ends everything at once: that other work was interrupted too is no news.
  if (typeof first !== 'object' || first === null || first === later || later instanceof InterruptedError) return first;
  suppressed.set(first, [...(suppressed.get(first) ?? []), firstError(later)]);
  return first;
}

/** The errors that came after this one, in their order. */
export const suppressedErrors = (error: unknown): readonly unknown[] =>
  (typeof error === 'object' && error !== null && suppressed.get(error)) || [];

/** The error that came first: `await using` wraps it when disposing fails as well (TC39, explicit resource management). */
export function firstError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'SuppressedError' || !('suppressed' in error) || !('error' in error))
    return error;
  return addSuppressed(firstError(error.suppressed), error.error);
}

/** One line for people: what failed and why, what to do, and what else failed. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof TrafficlabError && error.remedy ? `. ${capital(error.remedy)}` : '';
  const others = suppressedErrors(error).map((other) => `. Also: ${errorText(other)}`);
  return `${text.replace(/\.$/, '')}${remedy.replace(/\.$/, '')}${others.join('')}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Throws what failed among settled works: the first error, with the others added to it. */
export function throwFailures(settled: readonly PromiseSettledResult<unknown>[]): void {
  const [first, ...others] = settled.flatMap((one) => (one.status === 'rejected' ? [{ reason: one.reason as unknown }] : []));
  if (!first) return;
  const error = firstError(first.reason);
  for (const { reason } of others) addSuppressed(error, reason);
  throw error;
}

/** Runs what deletes or closes after a failure, and adds its own failure to the first one. @returns the first error, to be thrown. */
export async function afterFailure<E>(first: E, cleanUp: () => Promise<unknown>): Promise<E> {
  try {
    await cleanUp();
  } catch (error) {
    addSuppressed(first, error);
  }
  return first;
}

/** Does work and cleans up after it, whether or not it failed. What `finally` would do, but the clean-up's error never replaces the work's. */
export async function cleaningUp<T>(work: () => Promise<T>, cleanUp: () => Promise<unknown>): Promise<T> {
  const value = await work().catch(async (error: unknown): Promise<never> => {
    throw await afterFailure(firstError(error), cleanUp);
  });
  await cleanUp();
  return value;
}
