import type { Host } from '../contract/host.ts';
import type { ModeProof, ProxyMode } from '../contract/provider.ts';
import { detectedInKernel, kernelEvidence } from '../kernel/kernel-objects.ts';
import type { UserspaceProcess } from './userspace-process.ts';

/** Proves on every node the kernel objects that only this mode makes and, in mode userspace, that the copying process listens. */
export async function proveMode(
  nodes: readonly Host[],
  mode: ProxyMode,
  processes: ReadonlyMap<string, UserspaceProcess>,
): Promise<ModeProof> {
  const looks = await Promise.all(
    nodes.map(async (node) => {
      const kernel = await kernelEvidence(node, mode);
      const copying = mode === 'userspace' ? await copyingProcess(node, processes.get(node.name)) : undefined;
      return {
        node: node.name,
        evidence: [...kernel.evidence, ...(copying?.evidence ?? [])],
        failures: [...kernel.failures, ...(copying?.failures ?? [])],
      };
    }),
  );
  const failures = looks.flatMap(({ node, failures }) => failures.map((failure) => `${node}: ${failure}`));
  return {
    mode,
    nodes: looks.map(({ node, evidence }) => ({ node, evidence })),
    failures,
    detected: detectedInKernel(mode, nodes, failures),
  };
}

async function copyingProcess(node: Host, process: UserspaceProcess | undefined) {
  const failure = process?.failure();
  if (!process || failure) return { failures: [failure?.message ?? 'no process copies connections'] };
  const { stdout } = await node.exec(['ss', '-Htlnp']);
  const ports = stdout.split('\n').filter((line) => line.includes(`pid=${process.pid},`)).length;
  return ports > 0
    ? { evidence: [`process ${process.pid} listens on ${ports} ports and copies`] }
    : { failures: [`process ${process.pid} listens on no port`] };
}
