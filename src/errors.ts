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
export class CommandError extends TrafficlabError {}

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
