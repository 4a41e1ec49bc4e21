import type { V1Pod } from '@kubernetes/client-node';
import { TrafficlabError, UnavailableError } from '../../errors.ts';
import type { KubeClient } from './client.ts';

/** What a container waits for when waiting longer would not help. */
const HOPELESS = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'CreateContainerConfigError', 'CrashLoopBackOff'];
/** A pod may be unschedulable for a moment, as while the one before it ends. */
const PATIENCE_MS = 8_000;
const LOG_LINES = 5;

/**
 * Looks whether pods can become ready at all, again and again while they are waited for: an answer is what stands in the way, in the words
 * of Kubernetes' own components.
 */
export function troubleOf(
  { core }: KubeClient,
  namespace: string,
  labelSelector: string,
): () => Promise<TrafficlabError | undefined> {
  let pendingSince: number | undefined;
  return async () => {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    const pods = items.filter(({ metadata }) => !metadata?.deletionTimestamp);
    for (const pod of pods) {
      const stopped = containersOf(pod).find(({ state }) => HOPELESS.includes(state?.waiting?.reason ?? ''));
      if (!stopped) continue;
      const { reason = '', message = '' } = stopped.state?.waiting ?? {};
      if (reason !== 'CrashLoopBackOff') return cannotPull(pod, stopped.image, `${reason}: ${message}`);
      const name = pod.metadata?.name ?? '';
      const container = stopped.name;
      const log = await core
        .readNamespacedPodLog({ namespace, name, container, previous: true, tailLines: LOG_LINES })
        .catch(() => message);
      return new TrafficlabError(`${container} of pod ${name} keeps restarting: ${log.trim()}`);
    }
    const pending = pods.flatMap((pod) => unschedulable(pod) ?? [])[0];
    pendingSince = pending ? (pendingSince ?? performance.now()) : undefined;
    return pending && performance.now() - pendingSince! > PATIENCE_MS ? pending : undefined;
  };
}

const containersOf = ({ status }: V1Pod) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];

const cannotPull = ({ metadata, spec }: V1Pod, image: string, said: string): UnavailableError =>
  new UnavailableError(`pod ${metadata?.name} on ${spec?.nodeName} does not start: ${said}`, {
    remedy: `make ${image} available to the nodes, or use another: --image NAME=REFERENCE`,
  });

/** The scheduler's words for a pod that it finds no node for, such as a second one on the same hostPort. */
function unschedulable({ metadata, spec, status }: V1Pod): UnavailableError | undefined {
  const said = status?.conditions?.find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  if (!said) return undefined;
  const hostPorts = (spec?.containers ?? []).flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? []));
  return new UnavailableError(`pod ${metadata?.name} stays Pending: ${said.message ?? said.reason}`, {
    remedy: hostPorts.length
      ? `free hostPort ${hostPorts.join(', ')} on the nodes, or use fewer replicas or more workers`
      : 'use fewer replicas or more workers',
  });
}
