import type { Host } from '../cluster/contract/host.ts';

/** What a command printed, or why it could not be had. */
export type Output = { readonly text: string } | { readonly command: string; readonly reason: string };

const TIMEOUT_MS = 60_000;

/** Runs a command on a node that may lack it. */
export async function readOutput(node: Host, argv: readonly string[]): Promise<Output> {
  const command = argv.join(' ');
  const { exitCode, stdout, stderr } = await node.exec(argv, { accept: 'any', timeoutMs: TIMEOUT_MS });
  return exitCode === 0 ? { text: stdout } : { command, reason: stderr.trim().split('\n')[0] || `exit code ${exitCode}` };
}
