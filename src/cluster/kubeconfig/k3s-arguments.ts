import type { ProxyMode } from '../contract/provider.ts';
import { kubeProxyFlags } from './kube-proxy-flags.ts';
import { type Finding, knownMode } from './kube-proxy-mode.ts';

/** What a node of k3s or RKE2 was started with, as its annotation has it; undefined where there is none or it is no list. */
export interface NodeArguments {
  /** "k3s.io/node-args" */
  readonly annotation: string;
  readonly args: readonly string[] | undefined;
}

/** Reads the annotation node-args: a list of words in JSON, in which k3s splits "--name=value" (pkg/nodeconfig). */
export function nodeArguments(annotations: Readonly<Record<string, string>> = {}): NodeArguments | undefined {
  const annotation = ['k3s.io/node-args', 'rke2.io/node-args'].find((name) => name in annotations);
  if (annotation === undefined) return undefined;
  try {
    const args: unknown = JSON.parse(annotations[annotation]!);
    const isList = Array.isArray(args) && args.every((one) => typeof one === 'string');
    return { annotation, args: isList ? (args as string[]) : undefined };
  } catch {
    return { annotation, args: undefined };
  }
}

/** Whether a server was told to run no kube-proxy, on any node; agents have the setting from their server. */
export function disablesKubeProxy({ args = [] }: NodeArguments): boolean {
  const at = args.findLastIndex((one) => /^--disable-kube-proxy(=|$)/.test(one));
  if (at < 0) return false;
  const value = args[at]!.split('=')[1] ?? args[at + 1] ?? '';
  return !/^(0|f|false)$/i.test(value); // Go: strconv.ParseBool; what follows a flag alone is another flag
}

/**
 * The mode of the kube-proxy inside of k3s: --kube-proxy-arg, and without one the --proxy-mode=iptables that k3s hands on itself
 * (pkg/daemons/agent).
 * @param node for people.
 */
export function k3sMode(node: string, version: string, found: NodeArguments | undefined): Finding<ProxyMode> {
  if (!found) return { unknown: `the arguments of k3s on node ${node} are unknown: no annotation k3s.io/node-args` };
  const { annotation, args } = found;
  const from = `the annotation ${annotation} of node ${node}`;
  if (!args) return { unknown: `${from} is not a JSON list of strings` };
  const handed = args.flatMap((one, index) => {
    const [name, ...value] = one.split('=');
    return name === '--kube-proxy-arg' ? [value.length > 0 ? value.join('=') : (args[index + 1] ?? '')] : [];
  });
  const flags = kubeProxyFlags(handed.map((one) => `--${one.replace(/^--/, '').replace(/^([\w-]+)[+-]=/, '$1=')}`));
  if (flags?.config) return { unknown: `${from}: the kube-proxy inside k3s reads ${flags.config} on the node` };
  if (flags?.mode) return knownMode(flags.mode, `--kube-proxy-arg in ${from}`, version);
  return { value: 'iptables', source: 'configuration', from: `${from} has no mode; the default of k3s is --proxy-mode=iptables` };
}
