import type { KubernetesObject, V1Deployment, V1NodeSelectorTerm, V1PodSpec } from '@kubernetes/client-node';
import { CLIENT } from './agent.ts';
import { NODE_ACCESS } from './node-access.ts';

/** Where in a cluster everything of ours goes. */
export interface Site {
  readonly namespace: string;
  /** The namespace is there already, and nothing of an earlier deployment in it. */
  readonly made?: true;
  /** Pods go to these nodes and to no others, by their label kubernetes.io/hostname; absent: wherever they fit. */
  readonly hostnames?: { readonly clients: readonly string[]; readonly workers: readonly string[] };
}

/** Of what lies in no namespace: the namespace that it belongs to. */
export const BELONGS_TO = 'trafficlab.dev/namespace';

/** An object as it goes to a site of the run's own: its pods pinned to nodes, and what lies in no namespace labelled with the run's. */
export function sited<T extends KubernetesObject>(object: T, { namespace, made, hostnames }: Site): T {
  if (made && !object.metadata?.namespace)
    return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata?.labels, [BELONGS_TO]: namespace } } };
  const { spec } = object as unknown as V1Deployment;
  if (!hostnames || !spec?.template?.spec) return object;
  const everywhere = [CLIENT, NODE_ACCESS].includes(object.metadata?.name ?? '');
  const nodes = everywhere ? hostnames.clients : hostnames.workers;
  const template = { ...spec.template, spec: pinned(spec.template.spec, nodes) };
  return { ...object, spec: { ...spec, template } } as T;
}

function pinned(spec: V1PodSpec, values: readonly string[]): V1PodSpec {
  const term: V1NodeSelectorTerm = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [...values] }] };
  return {
    ...spec,
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } },
  };
}
