import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { type Detected, type ProxyMode, proxyModes } from '../contract/provider.ts';
import type { Right } from '../contract/right.ts';
import { isKubeProxyContainer, type KubeProxyCommand, kubeProxyCommand } from './kube-proxy-command.ts';
import { configuredMode } from './kube-proxy-configuration.ts';
import { kubeProxyFlags } from './kube-proxy-flags.ts';
import { podEnvironment } from './pod-environment.ts';
import { podFile } from './pod-files.ts';
import type { ReadObject } from './read-objects.ts';
import { type Environment, HOLE } from './shell-line.ts';

/** Something found out, or why it is not, with the right that would show it. */
export type Finding<T = string> = Detected<T> & { readonly lacks?: Right };

/**
 * The mode in which a kube-proxy pod is configured to run, as kube-proxy reads it: the file of --config, and where there is none the flag
 * --proxy-mode, which is ignored beside --config (cmd/kube-proxy/app/options.go, Complete).
 * @param version of Kubernetes on its node: what an empty mode means depends on it.
 */
export async function configuredModeOf(pod: V1Pod, version: string, read: ReadObject): Promise<Finding<ProxyMode>> {
  const name = `pod ${pod.metadata?.namespace}/${pod.metadata?.name}`;
  const containers = (pod.spec?.containers ?? []).filter(isKubeProxyContainer);
  const started = await Promise.all(
    containers.map(async (container) => {
      const environment = await podEnvironment(pod, container, read);
      return { container, environment, command: kubeProxyCommand(container, environment) };
    }),
  );
  const told = started.flatMap(({ command, ...rest }) =>
    'arguments' in command ? [modeOfContainer({ pod, name, version, read, command, ...rest })] : [],
  );
  const why = started.flatMap(({ command }) => ('unknown' in command ? [command.unknown] : []));
  return agreed(await Promise.all(told)) ?? { unknown: `${name}: ${why[0] ?? 'none of its containers runs kube-proxy'}` };
}

interface Look {
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly environment: Environment;
  readonly command: Extract<KubeProxyCommand, { readonly arguments: unknown }>;
  readonly name: string;
  readonly version: string;
  readonly read: ReadObject;
}

async function modeOfContainer(look: Look): Promise<Finding<ProxyMode>> {
  const { command } = look;
  const flags = command.arguments.map(kubeProxyFlags);
  if (flags.includes(undefined)) return { unknown: `${look.name}: kube-proxy's arguments are only known when it starts` };
  const running = flags.flatMap((one) => (one && !one.ends ? [one] : []));
  const told = running.map(({ config, mode }) => (config === '' ? byFlag(look, mode, command.entrypoint) : byFile(look, config)));
  return agreed(await Promise.all(told)) ?? { unknown: `${look.name} does not keep a kube-proxy running` };
}

async function byFile({ pod, container, environment, name, version, read }: Look, path: string): Promise<Finding<ProxyMode>> {
  if (path.includes(HOLE)) return { unknown: `${name}: the path of --config is only known when it starts` };
  const file = await podFile(pod, container, path, environment, read);
  if ('unknown' in file) return { ...file, unknown: `the file of --config of ${name}: ${file.unknown}` };
  const configured = configuredMode(file.text);
  if ('unknown' in configured) return { unknown: `${file.from}: ${configured.unknown}` };
  return knownMode(configured.mode, file.from, version);
}

function byFlag({ name, version }: Look, mode: string, entrypoint: boolean): Finding<ProxyMode> {
  if (mode.includes(HOLE)) return { unknown: `${name}: the value of --proxy-mode is only known when it starts` };
  if (mode === '' && entrypoint)
    return { unknown: `${name}: it has neither --config nor --proxy-mode, and the image's entrypoint is unknown` };
  return knownMode(mode, mode === '' ? `the arguments of ${name}` : `the flag --proxy-mode of ${name}`, version);
}

/** The default on Linux is iptables; nftables may become it in 1.40 (KEP-5343). */
const DEFAULT_UNTIL_MINOR = 40;

/** A mode as kube-proxy's validation takes it; an empty one is its default on Linux (platformApplyDefaults). */
export function knownMode(mode: string, from: string, version: string): Finding<ProxyMode> {
  if (mode === '') {
    const [major, minor] = version
      .replace(/^v/, '')
      .split('.', 2)
      .map((part) => Number.parseInt(part, 10));
    if (major !== 1 || !(minor !== undefined && minor < DEFAULT_UNTIL_MINOR))
      return { unknown: `${from} has no mode, and kube-proxy's default in ${version || 'this version'} is not known` };
    return { value: 'iptables', source: 'configuration', from: `${from} has no mode; kube-proxy's default on Linux` };
  }
  const known = proxyModes.find((one) => one === mode);
  if (known === undefined || known === 'none')
    return { unknown: `${from} names "${mode.slice(0, 40)}", which is not a kube-proxy mode` };
  return { value: known, source: 'configuration', from };
}

/** Several ways to start must come to one mode. */
function agreed(told: readonly Finding<ProxyMode>[]): Finding<ProxyMode> | undefined {
  const unknown = told.find((one) => 'unknown' in one);
  if (unknown || told.length === 0) return unknown;
  const values = told.flatMap((one) => ('value' in one ? [one.value] : []));
  return new Set(values).size === 1
    ? told[0]
    : { unknown: `its containers use different modes: ${[...new Set(values)].join(', ')}` };
}
