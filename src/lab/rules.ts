import type { Problem } from './problems.ts';
import type { LabFile } from './schema.ts';

/**
 * The rules that span fields of a lab file, each with the place to look at. Takes what is valid of a file: a rule whose fields are
 * not all there has nothing to say, so the problems of a broken file and of its sound parts are told together.
 */
export function brokenRules(lab: Partial<LabFile>): Problem[] {
  return [...modeRules(lab), ...targetRules(lab), ...scaleRules(lab), ...seriesRules(lab), ...clusterRules(lab)];
}

function* modeRules({ proxyModes = [], reference }: Partial<LabFile>): Generator<Problem> {
  yield* repeated('proxyModes', proxyModes);
  for (const [index, mode] of proxyModes.entries())
    if (mode.startsWith('iptables-') && proxyModes.includes('iptables'))
      yield {
        path: ['proxyModes', index],
        message: `${mode} is part of iptables already: iptables runs with every backend there is`,
      };
  const [only] = proxyModes;
  if (proxyModes.length === 1 && reference === only)
    yield { path: ['reference'], message: `${reference} is the only mode of the lab, so nothing is compared with it` };
  if (proxyModes.length === 1 && reference === 'iptables' && only?.startsWith('iptables-'))
    yield { path: ['reference'], message: `${only} is itself iptables; name the other backend`, allowed: otherBackend(only) };
}

const otherBackend = (mode: string) => [mode === 'iptables-nft' ? 'iptables-legacy' : 'iptables-nft'];

function* targetRules({ targets = [] }: Partial<LabFile>): Generator<Problem> {
  const withPolicy = targets.map((target) => `${target.entry} from ${target.from} with trafficPolicy ${target.trafficPolicy}`);
  yield* repeated('targets', withPolicy);
  for (const [index, target] of targets.entries()) {
    if (target.entry === 'node-port') continue;
    if (target.from === 'outside')
      yield {
        path: ['targets', index, 'from'],
        message: `the address of a ${target.entry} means nothing outside of the cluster; enter by node-port there`,
        allowed: ['pod'],
      };
    if (target.trafficPolicy === 'local')
      yield { path: ['targets', index, 'trafficPolicy'], message: 'trafficPolicy goes with entry: node-port only', at: 'key' };
  }
}

function* scaleRules({ services, positions, workload, targets }: Partial<LabFile>): Generator<Problem> {
  yield* repeated('services', services ?? []);
  yield* repeated('positions', positions ?? []);
  if (positions && !services)
    yield { path: ['positions'], message: 'positions need services: with one Service there is no first and no last', at: 'key' };
  if (positions && targets?.every((target) => target.entry === 'pod'))
    yield { path: ['positions'], message: 'a pod has no position in the rules; add a cluster-ip or node-port target', at: 'key' };
  if (workload?.processes !== undefined && workload.processes > workload.replicas)
    yield {
      path: ['workload', 'processes'],
      message: `${workload.processes} processes are more than the ${workload.replicas} replicas`,
      allowed: `1 to ${workload.replicas}`,
    };
}

function* seriesRules({ series = [], proxyModes = [], reference }: Partial<LabFile>): Generator<Problem> {
  yield* repeated('series', series);
  const firstPacket = series.indexOf('first-packet');
  const onlyUserspace = proxyModes.length > 0 && [...proxyModes, reference ?? 'userspace'].every((mode) => mode === 'userspace');
  if (firstPacket >= 0 && onlyUserspace)
    yield {
      path: ['series', firstPacket],
      message: 'in userspace mode a process answers the SYN itself, so there is no first packet to time',
      allowed: ['keep-alive', 'new-connection'],
    };
}

function* clusterRules({ provider, cluster }: Partial<LabFile>): Generator<Problem> {
  if (provider === 'netns' && cluster?.kubernetes !== undefined)
    yield { path: ['cluster', 'kubernetes'], message: 'provider netns runs no Kubernetes, so it has no version', at: 'key' };
}

function* repeated(field: keyof LabFile, values: readonly (string | number)[]): Generator<Problem> {
  for (const [index, value] of values.entries())
    if (values.indexOf(value) < index) yield { path: [field, index], message: `${value} stands here twice` };
}
