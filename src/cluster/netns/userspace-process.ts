import { createLineQueue } from '../../load/line-queue.ts';
import type { ProxiedService, ProxyAnswer } from '../../workload/userspace-proxy.ts';
import { type Program, startProgram } from '../fabric/program.ts';
import type { Host } from '../host.ts';

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
      const answer = new Promise<string>((resolve) => waiting.push(resolve));
      input.push(JSON.stringify({ services }));
      return (JSON.parse(await answer) as ProxyAnswer).ports;
    },
    failure: program.failure,
    [Symbol.asyncDispose]: async () => {
      input.close();
      await program[Symbol.asyncDispose]();
    },
  };
}
