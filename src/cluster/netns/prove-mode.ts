import { type Look, nothingSeen, together } from '../../proof/look.ts';
import type { Host } from '../contract/host.ts';
import type { ModeProof, ProxyMode } from '../contract/provider.ts';
import { detectedInKernel, lookIntoKernel } from '../kernel/kernel-objects.ts';
import type { UserspaceProcess } from './userspace-process.ts';

/** Proves on every node the kernel objects that only this mode makes and, in mode userspace, that the copying process listens. */
export async function proveMode(
  nodes: readonly Host[],
  mode: ProxyMode,
  processes: ReadonlyMap<string, UserspaceProcess>,
): Promise<ModeProof> {
  const looks = await Promise.all(
    nodes.map(async (node) => [
      await lookIntoKernel(node, mode),
      ...(mode === 'userspace' ? [await lookAtProcess(node, processes.get(node.name))] : []),
    ]),
  );
  const look = together(looks.flat());
  return { mode, ...look, detected: detectedInKernel(mode, nodes, look.problems) };
}

async function lookAtProcess(host: Host, process: UserspaceProcess | undefined): Promise<Look> {
  const node = host.name;
  const failure = process?.failure();
  if (!process || failure) {
    const reason = failure ? { reason: failure.message } : {};
    return { ...nothingSeen, problems: [{ code: 'no-copying-process', node, ...reason }] };
  }
  const { pid } = process;
  const { stdout } = await host.exec(['ss', '-Htlnp']);
  const ports = stdout.split('\n').filter((line) => line.includes(`pid=${pid},`)).length;
  return ports > 0
    ? { ...nothingSeen, evidence: [{ code: 'copying-process', node, pid, ports }] }
    : { ...nothingSeen, problems: [{ code: 'copying-process-deaf', node, pid }] };
}
