import { CommandError } from '../../errors.ts';
import type { StepProgress } from '../../progress/progress.ts';
import type { ClusterSpec, RunContext } from '../contract/provider.ts';
import { kindConfig, readProgress } from './config.ts';
import type { KindProgram } from './kind-program.ts';

const CREATE_MS = 600_000;

export interface CreateOptions {
  readonly kind: KindProgram;
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly nodeImage: string;
  readonly kubeconfig: string;
}

/** Runs `kind create cluster`; its progress lines become the step's. kind deletes the nodes of a cluster that failed to come up. */
export async function createNodes(
  { kind, name, spec, nodeImage, kubeconfig }: CreateOptions,
  context: RunContext,
  step: StepProgress,
): Promise<void> {
  const args = ['create', 'cluster', '--name', name, '--config', '-', '--kubeconfig', kubeconfig];
  const errors: string[] = [];
  try {
    await kind.run(args, {
      input: kindConfig(spec, nodeImage),
      signal: context.signal,
      timeoutMs: CREATE_MS,
      onStderr: (line) => {
        const progress = readProgress(line);
        if (progress?.state === 'started') step.update(progress.text);
        if (/^ERROR|^Command Output/.test(line)) errors.push(line);
      },
    });
  } catch (error) {
    if (!errors.length || !(error instanceof CommandError)) throw error;
    throw new CommandError(`kind could not create cluster ${name}: ${errors.join(' ').slice(0, 1_000)}`, { cause: error });
  }
}

/** Deletes a cluster and our client beside it; asked for a cluster that is not there, it does nothing. */
export async function deleteNodes(kind: KindProgram, name: string, kubeconfig: string): Promise<void> {
  // With its own kubeconfig file: without it kind would edit the user's.
  await kind.run(['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig], { timeoutMs: 120_000, shielded: true });
}
