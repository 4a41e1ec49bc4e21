/** Why set-up stops: a message for people, what to do next, and the exit code (3: this machine cannot, yet). */
export class SetUpError extends Error {
  constructor(message, { remedy, exitCode = 3 } = {}) {
    super(message);
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}

/** Runs the work and says on stderr why it could not be done; anything but a SetUpError is a defect and keeps its stack. */
export function main(work) {
  work().catch((error) => {
    if (!(error instanceof SetUpError)) throw error;
    process.stderr.write(`trafficlab: ${error.message}\n${error.remedy ? `  ${error.remedy}\n` : ''}`);
    process.exitCode = error.exitCode;
  });
}

/** Progress, on stderr: stdout is for results. */
export const say = (line) => process.stderr.write(`trafficlab: ${line}\n`);
