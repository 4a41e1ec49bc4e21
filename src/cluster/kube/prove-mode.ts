import type { Host } from '../contract/host.ts';
import type { ModeProof, ProxyMode } from '../contract/provider.ts';
import { detectedInKernel, kernelEvidence } from '../kernel/kernel-objects.ts';

/**
 * Proves on every node that kube-proxy runs in a mode: what its own `/proxyMode` says, and the kernel objects that only this mode
 * makes. Older kube-proxies fell back to another mode with no more than a log line (kubernetes#111806), so asking is not enough.
 */
export async function proveKubeProxyMode(nodes: readonly Host[], mode: ProxyMode): Promise<ModeProof> {
  const looks = await Promise.all(
    nodes.map(async (node) => {
      const said = await node.exec(['curl', '--silent', '--fail', '--max-time', '5', 'http://127.0.0.1:10249/proxyMode'], {
        accept: 'any',
      });
      const answer = said.exitCode === 0 ? said.stdout.trim() : `no answer (curl exit code ${said.exitCode})`;
      const kernel = await kernelEvidence(node, mode);
      return {
        node: node.name,
        evidence: [`kube-proxy /proxyMode: ${answer}`, ...kernel.evidence],
        failures: [...(answer === mode ? [] : [`kube-proxy says "${answer}", asked for was "${mode}"`]), ...kernel.failures],
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
