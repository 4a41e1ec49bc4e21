import type { Endpoint, Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import { destinationOf } from '../cluster/contract/targets.ts';
import type { Problem } from '../proof/problem.ts';
import { waitFor } from '../waiting/wait.ts';
import { closedEntry, type EntryContext, type EntryProof, FEW, noEntry } from './entry-proof.ts';
import { nothingFound } from './findings.ts';
import { readRules, watch } from './mode-rules.ts';
import { SETTLE_MS } from './prove-rules.ts';
import { ledTo, miscounted, reached, serviceFindings } from './prove-service.ts';
import { watchHostPort } from './watch-host-port.ts';
import { serviceOf, type Way, wayOf } from './way.ts';

/** portmap's DNAT leads each connection to the pod of the very node (CNI plugins, meta/portmap). */
export async function hostPort(target: Target, { nodes, deployment }: EntryContext): Promise<EntryProof> {
  const { entryNode, controller, url } = target;
  const entry = nodes.find(({ name }) => name === entryNode);
  const pods = (controller?.pods ?? deployment.endpoints).filter(({ node }) => node === entryNode);
  if (entry?.closed !== undefined) return closedEntry(entry.name, entry.closed);
  if (!entry || pods.length === 0)
    return noEntry({ code: 'no-host-port-pod', ...(entryNode === undefined ? {} : { node: entryNode }) });
  const { address, port } = destinationOf(url);
  const node = entry.name;
  const service = `hostPort ${port}`;
  const watching = await watchHostPort(entry, { address, port, pods });
  return {
    connections: FEW,
    problems: watching.problems,
    judge: async (opened) => {
      const { entered, objects, led = new Map(), problems } = await watching.count(opened.ends);
      const sent = opened.ends.length;
      const endpoints = reached({ endpoints: pods }, node, led);
      return {
        ...nothingFound,
        hops: [{ kind: 'kernel', node, datapath: service, led: ledTo(endpoints) }],
        evidence: [{ code: 'came-in', node, service, by: 'host-port', address, port, entered, sent }],
        problems: [...problems, ...miscounted({ node, service }, { kind: 'host-port', port }, sent, entered)],
        objects,
        endpoints,
      };
    },
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

/**
 * servicelb: the address is a node's own. kube-proxy leads it on itself unless the Service's status says otherwise (KEP-1860), and the pod
 * that has the port never sees a packet; where its hostPort comes first it leads to the pod, which hands on to the Service.
 */
export async function nodesOwn(target: Target, { nodes, mode, deployment }: EntryContext): Promise<EntryProof> {
  const entry = nodes.find(({ name }) => name === target.entryNode);
  const { address, port } = destinationOf(target.url);
  if (!entry || !target.service) return noEntry({ code: 'no-node-address', address });
  if (entry.closed !== undefined) return closedEntry(entry.name, entry.closed);
  const way = wayOf(target, target.service, mode, deployment);
  const balancers: readonly Endpoint[] = target.service.balancers ?? [];
  const late = await notLed(entry, mode, way);
  const byProxy = await watch(entry, mode, way, { trace: true });
  const byPort = await watchHostPort(entry, { address, port, pods: balancers });
  const place = { node: entry.name, service: serviceOf(way) };
  return {
    connections: FEW,
    problems: late,
    judge: async (opened) => {
      const sent = opened.ends.length;
      const straight = await byProxy.count(opened.ends);
      if (straight.entered > 0)
        return serviceFindings(entry.name, way, straight, { mode, opened, sent, marks: { passesServicelb: true } });
      const { entered, problems, objects } = await byPort.count(opened.ends);
      const wrong = miscounted(place, { kind: 'servicelb-pod' }, sent, entered);
      return {
        ...nothingFound,
        hops: [{ kind: 'servicelb', node: entry.name }],
        evidence: [{ code: 'came-in', ...place, by: 'servicelb', address, port, entered, sent }],
        problems: wrong.length === 0 ? [] : [...straight.problems, ...problems, ...wrong],
        objects,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await byProxy[Symbol.asyncDispose]();
      await byPort[Symbol.asyncDispose]();
    },
  };
}

/** Until kube-proxy has the address, which the Service gets last, connections come to the pod that holds the port. */
async function notLed(entry: Host, mode: ProxyMode, way: Way): Promise<readonly Problem[]> {
  if (way.service.loadBalancerIPMode === 'Proxy') return [];
  let problems: readonly Problem[] = [];
  const what = `kube-proxy's rules for ${way.address}:${way.port}`;
  return waitFor(`${what} on ${entry.name}`, { deadlineMs: SETTLE_MS }, async () => {
    problems = (await readRules(entry, mode)).check(way);
    return problems.length === 0 ? { value: problems } : { seen: 'there are none' };
  }).catch(() => problems);
}
