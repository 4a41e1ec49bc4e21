import type { Evidence } from '../../proof/evidence.ts';
import { closedLook, type Look, together } from '../../proof/look.ts';
import type { Problem } from '../../proof/problem.ts';
import type { Unobserved } from '../../proof/unobserved.ts';
import type { Host } from '../contract/host.ts';
import type { ModeProof, ProxyMode } from '../contract/provider.ts';
import { detectedInKernel, lookIntoKernel } from '../kernel/kernel-objects.ts';
import { PROXY_MODE, saidMode } from '../kube/prove-mode.ts';
import type { SystemPod } from '../kube/system-pods.ts';
import type { Access } from './context.ts';
import type { Discovery } from './discover.ts';
import { askKubeProxy } from './kube-proxy-word.ts';
import { asksKubeProxy, roleLine } from './rights.ts';

export interface ModeQuestion {
  readonly mode: ProxyMode;
  readonly nodes: readonly Host[];
  readonly found: Discovery['mode'];
  /** Absent: they may not be asked. */
  readonly kubeProxies?: readonly SystemPod[];
}

/**
 * Proves a mode as far as the cluster allows: kube-proxy's own word on each node, and the kernel's objects where nodes are open.
 * A word to the contrary is a problem; what could not be looked at is neither.
 */
export async function proveMode(
  access: Pick<Access, 'forward'>,
  { mode, nodes, found, kubeProxies }: ModeQuestion,
): Promise<ModeProof> {
  const words = await Promise.all(nodes.map((node) => wordOf(access, node, kubeProxies)));
  const looks = await Promise.all(
    nodes.map(async (node, index) => [
      wordLook(node.name, words[index]!, mode, found),
      node.closed === undefined ? await lookIntoKernel(node, mode) : closedLook(node.name, node.closed),
    ]),
  );
  const look = together(looks.flat());
  const detected = detectedBy(mode, nodes, words, look.problems);
  return { mode, ...(detected ? { detected } : {}), ...look };
}

/** What kube-proxy said, or where else the mode was found. */
function wordLook(node: string, word: Word, mode: ProxyMode, found: Discovery['mode']): Look {
  if (word.said !== undefined) return saidMode(node, word.said, mode);
  const evidence: Evidence =
    'value' in found ? { code: 'mode-found', node, from: found.from } : { code: 'mode-unknown', node, reason: found.unknown };
  return { evidence: [evidence], problems: [], unobserved: [word.why] };
}

/** By the kernel where all nodes are open, by kube-proxy's own word where all were heard; else it stays as it was found. */
function detectedBy(
  mode: ProxyMode,
  nodes: readonly Host[],
  words: readonly Word[],
  problems: readonly Problem[],
): ModeProof['detected'] {
  if (problems.length > 0 || nodes.every(({ closed }) => closed === undefined)) return detectedInKernel(mode, nodes, problems);
  if (words.some(({ said }) => said === undefined)) return undefined;
  return {
    value: mode,
    source: 'component',
    from: `kube-proxy's own answer (/proxyMode) on ${nodes.map(({ name }) => name).join(', ')}`,
  };
}

type Word = { readonly said: string } | { readonly said?: undefined; readonly why: Unobserved };

async function wordOf(access: Pick<Access, 'forward'>, host: Host, kubeProxies: readonly SystemPod[] | undefined): Promise<Word> {
  const node = host.name;
  const pod = kubeProxies?.find((one) => one.node === node);
  const forwarded = pod && (await askKubeProxy(access, pod));
  if (forwarded !== undefined) return { said: forwarded };
  if (host.closed === undefined) {
    const { exitCode, stdout } = await host.exec(['curl', '--silent', '--fail', '--max-time', '5', PROXY_MODE], {
      accept: 'any',
    });
    if (exitCode === 0) return { said: stdout.trim() };
  }
  if (kubeProxies === undefined) return { why: { code: 'kube-proxy-not-asked', node, right: roleLine(asksKubeProxy) } };
  return { why: pod ? { code: 'kube-proxy-silent', node, pod: pod.name } : { code: 'kube-proxy-absent', node } };
}
