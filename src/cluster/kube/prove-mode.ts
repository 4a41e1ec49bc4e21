import { type Look, nothingSeen, together } from '../../proof/look.ts';
import type { Host } from '../contract/host.ts';
import type { ModeProof, ProxyMode } from '../contract/provider.ts';
import { detectedInKernel, lookIntoKernel } from '../kernel/kernel-objects.ts';

/**
 * Proves on every node that kube-proxy runs in a mode: what its own `/proxyMode` says, and the kernel objects that only this mode
 * makes. Older kube-proxies fell back to another mode with no more than a log line (kubernetes#111806), so asking is not enough.
 */
export async function proveKubeProxyMode(nodes: readonly Host[], mode: ProxyMode): Promise<ModeProof> {
  const looks = await Promise.all(nodes.map(async (node) => [await askNode(node, mode), await lookIntoKernel(node, mode)]));
  const look = together(looks.flat());
  return { mode, ...look, detected: detectedInKernel(mode, nodes, look.problems) };
}

async function askNode(host: Host, expected: ProxyMode): Promise<Look> {
  const { exitCode, stdout } = await host.exec(['curl', '--silent', '--fail', '--max-time', '5', PROXY_MODE], { accept: 'any' });
  const node = host.name;
  if (exitCode !== 0) return { ...nothingSeen, problems: [{ code: 'kube-proxy-silent', node, exitCode }] };
  return saidMode(node, stdout.trim(), expected);
}

/** What kube-proxy's own word means. */
export const saidMode = (node: string, said: string, expected: ProxyMode): Look => ({
  ...nothingSeen,
  evidence: [{ code: 'kube-proxy-says', node, said }],
  problems: said === expected ? [] : [{ code: 'other-mode-said', node, said, expected }],
});

/** Where kube-proxy says its mode: on its node's loopback only. */
export const PROXY_MODE = 'http://127.0.0.1:10249/proxyMode';
