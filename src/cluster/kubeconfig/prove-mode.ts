import { rightLine } from '../../words/right.ts';
import type { Host } from '../contract/host.ts';
import type { ModeProof, ProxyMode } from '../contract/provider.ts';
import { toldTogether } from '../contract/unobservable.ts';
import { detectedInKernel, kernelEvidence } from '../kernel/kernel-objects.ts';
import type { SystemPod } from '../kube/system-pods.ts';
import type { Access } from './context.ts';
import type { Discovery } from './discover.ts';
import { askKubeProxy } from './kube-proxy-word.ts';
import { asksKubeProxy } from './rights.ts';

export interface ModeQuestion {
  readonly mode: ProxyMode;
  readonly nodes: readonly Host[];
  readonly found: Discovery['mode'];
  /** Absent: they may not be asked. */
  readonly kubeProxies?: readonly SystemPod[];
}

/**
 * Proves a mode as far as the cluster lets anybody look: kube-proxy's own word on each node, and the kernel's objects where nodes are open.
 * A word to the contrary is a failure; what could not be looked at is neither.
 */
export async function proveMode(
  access: Pick<Access, 'forward'>,
  { mode, nodes, found, kubeProxies }: ModeQuestion,
): Promise<ModeProof> {
  const looks = await Promise.all(
    nodes.map(async (node) => {
      const word = await wordOf(access, node, kubeProxies);
      const kernel = node.unobservable === undefined ? await kernelEvidence(node, mode) : { evidence: [], failures: [] };
      const evidence =
        word.said === undefined
          ? `found in: ${'value' in found ? found.from : found.unknown}`
          : `kube-proxy /proxyMode: ${word.said}`;
      return {
        node: node.name,
        said: word.said,
        open: node.unobservable === undefined,
        evidence: [evidence, ...kernel.evidence],
        failures: [
          ...(word.said === undefined || word.said === mode
            ? []
            : [`kube-proxy says "${word.said}", and the cluster was taken for "${mode}"`]),
          ...kernel.failures,
        ],
        unobservable: [
          ...(word.said === undefined ? [`kube-proxy itself was not heard: ${word.why}`] : []),
          ...(node.unobservable === undefined ? [] : [`its kernel: ${node.unobservable}`]),
        ],
      };
    }),
  );
  const unobservable = toldTogether(looks.flatMap((look) => look.unobservable.map((why) => ({ node: look.node, why }))));
  const failures = looks.flatMap(({ node, failures }) => failures.map((failure) => `${node}: ${failure}`));
  const detected = detectedBy(mode, nodes, looks, failures);
  return {
    mode,
    ...(detected ? { detected } : {}),
    nodes: looks.map(({ node, evidence }) => ({ node, evidence })),
    failures,
    ...(unobservable.length > 0 ? { unobservable } : {}),
  };
}

/** By the kernel where all nodes are open, by kube-proxy's own word where all were heard; else it stays as it was found. */
function detectedBy(
  mode: ProxyMode,
  nodes: readonly Host[],
  looks: readonly { readonly said: string | undefined; readonly open: boolean }[],
  failures: readonly string[],
): ModeProof['detected'] {
  if (failures.length > 0 || looks.every(({ open }) => open)) return detectedInKernel(mode, nodes, failures);
  if (looks.some(({ said }) => said === undefined)) return undefined;
  return {
    value: mode,
    source: 'component',
    from: `kube-proxy's own answer (/proxyMode) on ${nodes.map(({ name }) => name).join(', ')}`,
  };
}

type Word = { readonly said: string } | { readonly said?: undefined; readonly why: string };

async function wordOf(access: Pick<Access, 'forward'>, node: Host, kubeProxies: readonly SystemPod[] | undefined): Promise<Word> {
  const pod = kubeProxies?.find((one) => one.node === node.name);
  const forwarded = pod && (await askKubeProxy(access, pod));
  if (forwarded !== undefined) return { said: forwarded };
  if (node.unobservable === undefined) {
    const url = 'http://127.0.0.1:10249/proxyMode';
    const { exitCode, stdout } = await node.exec(['curl', '--silent', '--fail', '--max-time', '5', url], { accept: 'any' });
    if (exitCode === 0) return { said: stdout.trim() };
  }
  if (kubeProxies === undefined) return { why: `needs, in kube-system, the right ${rightLine(asksKubeProxy)}` };
  return { why: pod ? `pod ${pod.name} does not answer on port 10249` : 'no pod of it runs there' };
}
