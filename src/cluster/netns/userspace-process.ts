import { TimeoutError } from '../../errors.ts';
import { createLineQueue } from '../../process/line-queue.ts';
import { OutOfTime, within } from '../../waiting/wait.ts';
import type { ProxiedService } from '../../workload/balancer.ts';
import type { ProxyAnswer } from '../../workload/userspace-proxy.ts';
import type { Host } from '../contract/host.ts';
import { type Program, startProgram } from '../fabric/program.ts';

/** It opens a listener for each Service port. */
const ANSWER_MS = 60_000;

/** The process that copies connections on one node. */
export interface UserspaceProcess extends AsyncDisposable {
  readonly pid: number;
  /** Tells it all Service ports there are; it answers with the port where it listens for each. */
  listen(services: readonly ProxiedService[]): Promise<ProxyAnswer['ports']>;
  failure(): Error | undefined;
}

/** Starts the copying process of mode userspace in a node's network namespace. */
export async function startUserspaceProcess(node: Host): Promise<UserspaceProcess> {
  const input = createLineQueue();
  const waiting: ((line: string) => void)[] = [];
  const program: Program<number> = await startProgram(node, [...node.agent!, 'userspace-proxy'], {
    input,
    ready: (line) => Number(/^pid (\d+)$/.exec(line)?.[1]) || undefined,
    onLine: (line) => waiting.shift()?.(line),
  });
  return {
    pid: program.ready,
    async listen(services) {
      const failure = program.failure();
      if (failure) throw failure;
      const answer = await within({ timeoutMs: ANSWER_MS }, () => {
        const answered = new Promise<string>((resolve) => waiting.push(resolve));
        input.push(JSON.stringify({ services }));
        return answered;
      }).catch((error: unknown) => {
        if (!(error instanceof OutOfTime)) throw error;
        throw (
          program.failure() ??
          new TimeoutError(`the copying process on ${node.name} did not answer within ${ANSWER_MS / 1_000} s`)
        );
      });
      return (JSON.parse(answer) as ProxyAnswer).ports;
    },
    failure: program.failure,
    [Symbol.asyncDispose]: async () => {
      input.close();
      await program[Symbol.asyncDispose]();
    },
  };
}
