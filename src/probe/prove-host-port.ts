import type { Endpoint, Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import { waitFor } from '../waiting/wait.ts';
import { closedNode, destinationOf, type EntryContext, type EntryProof, FEW, plainProof } from './entry-proof.ts';
import { kernelHop, movedLine } from './moved-text.ts';
import type { Problem } from './problem.ts';
import { SETTLE_MS } from './prove-rules.ts';
import { reached, serviceFindings } from './prove-service.ts';
import { readRules, watch } from './watch.ts';
import { watchHostPort } from './watch-host-port.ts';
import { type Way, wayOf } from './way.ts';

/** portmap's DNAT leads each connection to the pod of the very node (CNI plugins, meta/portmap). */
export async function hostPort(target: Target, { nodes, deployment, short }: EntryContext): Promise<EntryProof> {
  const entry = nodes.find(({ name }) => name === target.entryNode);
  const pods = (target.controller?.pods ?? deployment.endpoints).filter(({ node }) => node === target.entryNode);
  if (entry?.unobservable !== undefined) return closedNode(entry, short);
  if (!entry || pods.length === 0) return plainProof({ failures: [`no pod on ${target.entryNode} has the hostPort`] });
  const { address, port } = destinationOf(target.url);
  const watching = await watchHostPort(entry, { address, port, pods });
  return {
    connections: FEW,
    failures: [],
    problems: watching.problems,
    judge: async (opened) => {
      const { entered, objects, led = new Map(), problems } = await watching.count(opened.ends);
      const sent = opened.ends.length;
      const endpoints = reached({ endpoints: pods }, entry.name, led);
      const place = { node: entry.name, service: `hostPort ${port}` };
      return {
        hops: [`${short(entry.name)}: ${kernelHop(`hostPort ${port}`, objects, endpoints)}`],
        evidence: [
          `${entry.name}: ${entered} of ${sent} new connections to ${address}:${port} came in by the hostPort`,
          ...movedLine(objects).map((line) => `${entry.name}: ${line}`),
        ],
        failures: [],
        problems: [
          ...problems,
          ...(entered === sent
            ? []
            : [{ code: 'miscounted', ...place, object: `hostPort ${port}`, expected: sent, counted: entered } as const]),
        ],
        objects,
        endpoints,
      };
    },
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

/**
 * servicelb: the address is a node's own. kube-proxy leads it on itself unless the Service's status tells it not to (KEP-1860), and the pod
 * that holds the port never sees a packet; where its hostPort comes first it leads to the pod, which hands on to the Service. What was seen is told.
 */
export async function nodesOwn(target: Target, context: EntryContext): Promise<EntryProof> {
  const { nodes, mode, deployment, short } = context;
  const entry = nodes.find(({ name }) => name === target.entryNode);
  const { address, port } = destinationOf(target.url);
  const { service } = target;
  if (!entry || !service) return plainProof({ failures: [`${address} is the address of no node`] });
  if (entry.unobservable !== undefined) return closedNode(entry, short);
  const way = wayOf(target, service, mode, deployment);
  const balancers: readonly Endpoint[] = service.balancers ?? [];
  const late = await notLed(entry, mode, way);
  const byProxy = await watch(entry, mode, way, { trace: true });
  const byPort = await watchHostPort(entry, { address, port, pods: balancers });
  return {
    connections: FEW,
    failures: [],
    problems: late,
    judge: async (opened) => {
      const sent = opened.ends.length;
      const straight = await byProxy.count(opened.ends);
      if (straight.entered > 0) {
        const found = serviceFindings(entry, way, straight, { context, before: '', opened, sent });
        return { ...found, hops: found.hops.map((hop) => `${hop} (servicelb's pod only holds the port)`) };
      }
      const handed = await byPort.count(opened.ends);
      const place = { node: entry.name, service: `${service.namespace}/${service.name}` };
      return {
        hops: [`${short(entry.name)}: servicelb's pod, a process, hands on to the Service`],
        evidence: [
          `${entry.name}: ${handed.entered} of ${sent} new connections to ${address}:${port} came in by the port of servicelb's pod`,
          ...movedLine(handed.objects).map((line) => `${entry.name}: ${line}`),
        ],
        failures: [],
        problems:
          handed.entered === sent
            ? []
            : [
                ...straight.problems,
                ...handed.problems,
                { code: 'miscounted', ...place, object: "servicelb's pod", expected: sent, counted: handed.entered },
              ],
        objects: handed.objects,
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
