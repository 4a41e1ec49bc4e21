import type { Endpoint, ServiceRef, Target } from '../cluster/deployment.ts';
import type { Host } from '../cluster/host.ts';
import type { ProxyMode } from '../cluster/provider.ts';
import { waitFor } from '../wait.ts';
import { closedNode, destinationOf, type EntryContext, type EntryProof, FEW } from './entry-proof.ts';
import { nothingFound } from './findings.ts';
import { SETTLE_MS } from './prove-rules.ts';
import { leadsLoadBalancer, rulesText, trackedConnections } from './service-rules.ts';

/** portmap's DNAT leads each connection to the pod of the very node (CNI plugins, meta/portmap). */
export async function hostPort(target: Target, { nodes, deployment, short }: EntryContext): Promise<EntryProof> {
  const entry = nodes.find(({ name }) => name === target.entryNode);
  const pods = (target.controller?.pods ?? deployment.endpoints).filter(({ node }) => node === target.entryNode);
  if (entry?.unobservable !== undefined) return closedNode(entry, short);
  if (!entry || pods.length === 0)
    return { connections: FEW, failures: [`no pod on ${target.entryNode} has the hostPort`], judge: async () => nothingFound };
  return {
    connections: FEW,
    failures: [],
    judge: async (opened) => {
      const { address, port } = destinationOf(target.url);
      const tracked = await trackedConnections(entry, opened.ends, { address, port });
      const toPods = tracked.filter(({ answeredBy }) => pods.some((pod) => pod.address === answeredBy));
      const text = `${opened.ends.length} new connections to ${address}:${port}, ${toPods.length} of them led to ${pods.map(({ pod }) => pod).join(', ')} (connection tracking)`;
      return {
        hops: [`${short(entry.name)}: kernel, hostPort ${port} (DNAT to the pod on this node)`],
        evidence: [`${entry.name}: ${text}`],
        failures: toPods.length === opened.ends.length ? [] : [`${entry.name}: ${text}, which is not all`],
      };
    },
  };
}

/**
 * servicelb: the address is a node's own. kube-proxy leads it on itself unless the Service's status tells it not to (KEP-1860), and the pod
 * that holds the port never sees a packet; where its hostPort comes first it leads to the pod, which hands on to the Service. What was seen is told.
 */
export async function nodesOwn(target: Target, { nodes, mode, deployment, short }: EntryContext): Promise<EntryProof> {
  const entry = nodes.find(({ name }) => name === target.entryNode);
  const { address, port } = destinationOf(target.url);
  if (!entry) return { connections: FEW, failures: [`${address} is the address of no node`], judge: async () => nothingFound };
  if (entry.unobservable !== undefined) return closedNode(entry, short);
  const { service } = target;
  const pods = service?.endpoints ?? deployment.endpoints;
  const balancers = service?.balancers ?? [];
  return {
    connections: FEW,
    failures: service ? await notLed(entry, mode, service) : [],
    judge: async (opened) => {
      const all = opened.ends.length;
      const tracked = await trackedConnections(entry, opened.ends, { address, port });
      const ledTo = (some: readonly Endpoint[]) =>
        tracked.filter(({ answeredBy }) => some.some((pod) => pod.address === answeredBy)).length;
      const [straight, handedOn] = [ledTo(pods), ledTo(balancers)];
      const text = `${all} new connections to ${address}:${port}, ${straight} of them led to pods of the Service by kube-proxy's rules, ${handedOn} to servicelb's pod (connection tracking)`;
      const by =
        straight === all
          ? `kernel, ${mode} (servicelb's pod only holds the port)`
          : "servicelb's pod, which hands on to the Service";
      return {
        hops: [`${short(entry.name)}: ${by}`],
        evidence: [`${entry.name}: ${text}`],
        failures: straight === all || handedOn === all ? [] : [`${entry.name}: ${text}, which is not all in one way`],
      };
    },
  };
}

/** Until kube-proxy has the address, which the Service gets last, connections come to the pod that holds the port. */
async function notLed(entry: Host, mode: ProxyMode, service: ServiceRef): Promise<string[]> {
  const { loadBalancerIP, loadBalancerIPMode, port } = service;
  if (loadBalancerIPMode === 'Proxy') return [];
  const what = `kube-proxy's rules for ${loadBalancerIP}:${port}`;
  return waitFor(`${what} on ${entry.name}`, { deadlineMs: SETTLE_MS }, async () =>
    leadsLoadBalancer(mode, await rulesText(entry, mode), service) ? { value: [] } : { seen: 'there are none' },
  ).catch(() => [`${entry.name}: there are none of ${what}`]);
}
