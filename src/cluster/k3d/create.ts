import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../errors.ts';
import type { StepProgress } from '../../progress/progress.ts';
import type { ClusterSpec, RunContext } from '../contract/provider.ts';
import { k3dConfig, readLog } from './config.ts';
import type { K3dProgram } from './k3d-program.ts';

const CREATE_MS = 600_000;

export interface CreateOptions {
  readonly k3d: K3dProgram;
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly nodeImage: string;
  /** Only this user reads it. */
  readonly folder: string;
}

/** Runs `k3d cluster create`; its log becomes the step's progress. k3d deletes the nodes of a cluster that failed to come up. */
export async function createNodes(
  { k3d, name, spec, nodeImage, folder }: CreateOptions,
  { signal }: Pick<RunContext, 'signal'>,
  step: StepProgress,
): Promise<void> {
  const config = join(folder, 'k3d.yaml');
  // A little less than what it is given here, so that k3d still rolls back itself.
  await writeFile(config, k3dConfig({ name, spec, nodeImage, timeoutMs: CREATE_MS - 60_000 }), { mode: 0o600 });
  try {
    for await (const line of k3d.lines(['cluster', 'create', '--config', config], { signal, timeoutMs: CREATE_MS })) {
      const log = readLog(line);
      if (log?.level === 'info') step.update(log.text);
    }
  } catch (error) {
    const errors = error instanceof CommandError ? error.lines.flatMap((line) => readLog(line) ?? []) : [];
    const said = errors.filter(({ level }) => level === 'error').map(({ text }) => text);
    if (!said.length) throw error;
    throw new CommandError(`k3d could not create cluster ${name}: ${said.join(' ').slice(0, 1_000)}`, { cause: error });
  }
}

/** Writes the cluster's kubeconfig to a file that only this user reads; the user's own is not touched. */
export async function writeKubeconfig(k3d: K3dProgram, name: string, path: string): Promise<void> {
  const { stdout } = await k3d.run(['kubeconfig', 'get', name], { timeoutMs: 30_000 });
  await writeFile(path, stdout, { mode: 0o600 });
}

/** Deletes a cluster with its network and volume, if it is there. */
export async function deleteNodes(k3d: K3dProgram, name: string): Promise<void> {
  if (!(await clusterNames(k3d, { shielded: true })).includes(name)) return;
  await k3d.run(['cluster', 'delete', name], { timeoutMs: 120_000, shielded: true });
}

/** The names of all clusters of k3d's, whoever made them. */
export async function clusterNames(k3d: K3dProgram, options: { readonly shielded?: boolean } = {}): Promise<string[]> {
  const { stdout } = await k3d.run(['cluster', 'list', '--output', 'json'], { timeoutMs: 30_000, ...options });
  return ((JSON.parse(stdout) as { readonly name: string }[] | null) ?? []).map(({ name }) => name);
}
