/** Why set-up stops: a message for people, what to do next, and the exit code (3: this machine cannot, yet). */
export class SetUpError extends Error {
  constructor(message, { remedy, exitCode = 3 } = {}) {
    super(message);
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}

/** Runs the work and says on stderr why it could not be done; anything but a SetUpError or an error of the system is a defect and keeps its stack. */
export function main(work) {
  work().catch((error) => {
    const told = error instanceof SetUpError ? error : ofSystem(error);
    if (!told) throw error;
    process.stderr.write(`trafficlab: ${plain(told.message)}\n${told.remedy ? `  ${plain(told.remedy)}\n` : ''}`);
    process.exitCode = told.exitCode;
  });
}

/** A file that cannot be read or written while the command is set up: a full disk, too many open files, a folder that is gone. */
function ofSystem(error) {
  if (/^(ERR_)?MODULE_NOT_FOUND$/.test(error?.code ?? ''))
    return new SetUpError(`cannot load a part of trafficlab: ${error.message.split('\n')[0]}`, {
      remedy: 'raise the open-file limit: ulimit -n 4096; if that does not help, reinstall: npm ci',
    });
  if (!(error instanceof Error) || !error.syscall) return undefined;
  if (error.syscall === 'uv_cwd')
    return new SetUpError('the working folder does not exist any more', {
      remedy: 'change to another folder',
      exitCode: 2,
    });
  return new SetUpError(`set-up failed: ${error.message}`, {
    remedy: 'see whether the disk is full and how many files may be open (ulimit -n)',
  });
}

/** What a terminal would obey instead of showing. */
const plain = (text) =>
  text.replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (one) => (one === '\n' || one === '\t' ? one : '\ufffd'));

/** Progress, on stderr: stdout is for results. */
export const say = (line) => process.stderr.write(`trafficlab: ${line}\n`);
