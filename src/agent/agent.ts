import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';

/*
 * trafficlab's part at a vantage: one file that needs nothing but node, so that it runs in a stock image, in a network namespace and here.
 *   agent.mjs echo --port N [--address A] [--pod P] [--node N]    the backend
 *   agent.mjs load                                                the generator: jobs on stdin, answers on stdout (load/messages.ts)
 *   agent.mjs idle                                                keeps a pod alive
 *   agent.mjs userspace-proxy                                     copies connections (netns' userspace mode): requests on stdin
 *   agent.mjs ingress-controller --proxy NAME ...                 drives the stock proxy beside it in its pod (ingress/sidecar.ts)
 */

// Each part is loaded when it is asked for: a cluster starts many of these, and most of a start would be code that never runs.
const usage =
  'usage: agent.mjs echo --port N [--address A] [--pod P] [--node N] | load | idle | userspace-proxy | ingress-controller ...';

// V8 compiles a function well after some 3,000 connections unless told to be quicker; a lab's first blocks would be measured before that.
// From V8 12 (Node.js 22) on, the budget is a count of invocations, 3,000 of them by default; this is the same share of it.
const tierUp =
  Number.parseInt(process.versions.v8, 10) >= 12 ? '--invocation-count-for-turbofan=230' : '--interrupt-budget=10000';
for (const flag of [tierUp, '--minimum-invocations-after-ic-update=50']) setFlagsFromString(flag);

// As pid 1 of a container a process has no default action for signals: without these, every pod would take its whole grace period to end.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
// Whoever read the answers is gone.
process.stdout.on('error', () => process.exit(0));

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

async function main([command, ...args]: string[]): Promise<void> {
  switch (command) {
    case 'echo':
      return echo(args);
    case 'load':
      await (await import('../load/serve.ts')).serveJobs(process.stdin, process.stdout);
      // Answers to a pipe are written at once (nodejs.org, "process I/O"), so nothing is lost, and nothing left open delays the end.
      return process.exit(0);
    case 'idle':
      setInterval(() => {}, 2 ** 30);
      process.stdout.write('idle\n');
      return;
    case 'userspace-proxy':
      process.stdout.write(`pid ${process.pid}\n`);
      await (await import('../workload/userspace-proxy.ts')).serveUserspaceProxy(process.stdin, process.stdout);
      return process.exit(0);
    case 'ingress-controller': {
      const { parseSidecarArgs, runSidecar } = await import('../ingress/sidecar.ts');
      return runSidecar(parseSidecarArgs(args));
    }
    default:
      throw new Error(usage);
  }
}

async function echo(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string' },
      address: { type: 'string', default: '0.0.0.0' },
      pod: { type: 'string', default: process.env.POD_NAME ?? '' },
      node: { type: 'string', default: process.env.NODE_NAME ?? '' },
    },
  });
  const port = Number(values.port ?? process.env.PORT);
  if (!Number.isInteger(port)) throw new Error(usage);
  const { startEcho } = await import('../workload/echo-server.ts');
  const server = await startEcho({ port, address: values.address, pod: values.pod, node: values.node });
  process.stdout.write(`listening on ${server.address}:${server.port}\n`);
}
