import type { Endpoint } from '../contract/deployment.ts';
import type { NodeMember, PodLayout } from '../fabric/layout.ts';
import { CLIENT, ECHO, ECHO_PORT } from '../kube/manifests/agent.ts';
import { PROXY_PORT } from '../kube/manifests/placed.ts';
import type { DeploymentPlan, PlacedController } from './deployment-plan.ts';
import type { HostPortPod } from './host-ports.ts';
import { fillerObjects, joined, type PodEndpoint, servedObjects } from './objects.ts';
import type { ProxyObjects } from './proxy/service-map.ts';

/** Gives out the addresses of a cluster's pods. */
export interface PodAddresses {
  take(name: string, node: NodeMember['layout']): PodLayout;
  free(pod: PodLayout): void;
}

/** The pods of a deployment with their addresses. */
export interface PlacedPods {
  readonly echoes: readonly PodLayout[];
  /** One on each node. */
  readonly clients: readonly PodLayout[];
  readonly sets: readonly ControllerSet[];
  readonly all: readonly PodLayout[];
}

/** A set of controller pods. */
export interface ControllerSet extends PlacedController {
  readonly pods: readonly PodLayout[];
}

export function placePods(plan: DeploymentPlan, nodes: readonly NodeMember[], addresses: PodAddresses): PlacedPods {
  const echoes = plan.echoes.map((node, index) => addresses.take(`${ECHO}-${index + 1}`, node));
  const clients = nodes.map(({ layout }) => addresses.take(`${CLIENT}-${layout.name}`, layout));
  const sets = plan.controllers.map((controller) => ({
    ...controller,
    pods: controller.nodes.map((node, index) => addresses.take(`${controller.id}-${index + 1}`, node)),
  }));
  return { echoes, clients, sets, all: [...echoes, ...clients, ...sets.flatMap(({ pods }) => pods)] };
}

/** All Services of a deployment with their EndpointSlices, and in the same order those of the echo pods, of each set, and the fillers. */
export interface DeploymentObjects {
  readonly echo: ProxyObjects;
  readonly sets: readonly ProxyObjects[];
  readonly all: ProxyObjects;
}

export interface ObjectOptions {
  readonly fillers: number;
  /** Whether an echo pod stands behind its Services. */
  readonly serves: (pod: PodLayout, index: number) => boolean;
}

export function deploymentObjects(plan: DeploymentPlan, pods: PlacedPods, options: ObjectOptions): DeploymentObjects {
  const { serves, fillers } = options;
  const { entries, addresses } = plan;
  const endpoints = pods.echoes.map((pod, index) => podEndpoint(pod, serves(pod, index)));
  const echo = servedObjects({ app: ECHO, port: ECHO_PORT, pods: endpoints, entries }, { firstIndex: 0, addresses });
  let firstIndex = entries.length;
  const sets = pods.sets.map(({ id, served, pods: own }) => {
    const app = { app: id, port: PROXY_PORT, pods: own.map((pod) => podEndpoint(pod, true)), entries: served };
    const objects = servedObjects(app, { firstIndex, addresses });
    firstIndex += served.length;
    return objects;
  });
  return { echo, sets, all: joined(echo, ...sets, fillerObjects(endpoints, fillers)) };
}

const podEndpoint = ({ name, node, address }: PodLayout, ready: boolean): PodEndpoint => ({
  pod: name,
  node: node.name,
  address,
  ready,
});

export const endpointsOf = (pods: readonly PodLayout[], port: number): Endpoint[] =>
  pods.map(({ name, node, address }) => ({ pod: name, node: node.name, address, port }));

/** The pods that a port of their node leads to. @param echoes those of the echo pods that answer. */
export function hostPortPods(plan: DeploymentPlan, echoes: readonly PodLayout[], sets: readonly ControllerSet[]): HostPortPod[] {
  const lead = (pods: readonly PodLayout[], port: number, hostPort: number | undefined) =>
    hostPort === undefined ? [] : pods.map((pod) => ({ pod, hostPort, port }));
  return [
    ...lead(echoes, ECHO_PORT, plan.echoHostPort),
    ...sets.flatMap(({ pods, hostPort }) => lead(pods, PROXY_PORT, hostPort)),
  ];
}
