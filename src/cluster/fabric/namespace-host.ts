import { agentFile } from '../../agent/agent-file.ts';
import { type ExecOptions, exec, execLines } from '../../process/exec.ts';
import type { Host } from '../contract/host.ts';

export interface NamespaceHost {
  readonly name: string;
  readonly role: Host['role'];
  readonly node?: string;
  readonly address: string;
  /** Its name under /run/netns. */
  readonly namespace: string;
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A node, a pod or a client that is a network namespace: files and processes are everybody's. */
export function namespaceHost({ namespace, env, ...about }: NamespaceHost): Host {
  const enter = (argv: readonly string[]) => ['nsenter', `--net=/run/netns/${namespace}`, '--', ...argv];
  const within = (options: ExecOptions = {}): ExecOptions => (env ? { ...options, env: { ...env, ...options.env } } : options);
  const run: Host['exec'] = (argv, options) => exec(enter(argv), within(options));
  return {
    ...about,
    ...(about.role === 'control-plane' || about.role === 'worker' ? { ownNode: true } : {}),
    agent: [process.execPath, agentFile()],
    exec: run,
    inNetwork: run,
    lines: (argv, options) => execLines(enter(argv), within(options)),
  };
}
