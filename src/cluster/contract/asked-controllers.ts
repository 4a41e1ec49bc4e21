import {
  type ControllerName,
  controllerId,
  type Exposure,
  type IngressTopology,
  type Placement,
  serviceKey,
  type Topology,
  type Tuning,
} from './topology.ts';

/** The port of each node that leads to the echo pod on it. */
export const ECHO_HOST_PORT = 8088;

/** One set of controller pods that topologies ask for, and how it is exposed. */
export interface AskedController {
  /** "nginx-daemonset", "traefik-2-defaults". */
  readonly id: string;
  readonly controller: ControllerName;
  readonly placement: Placement;
  readonly tuning: Tuning;
  readonly hostPort?: number;
  /** The exposures that need a Service, each Service once. */
  readonly served: readonly Exclude<Exposure, { entry: 'host-port' }>[];
}

/**
 * The sets of controller pods that topologies ask for, in their order. Each that is exposed on a hostPort has its own, since a node's
 * port leads to one pod: the first 80, further ones 8081, 8082, ...
 */
export function askedControllers(topologies: readonly Topology[]): AskedController[] {
  const ingress = topologies.filter((topology): topology is IngressTopology => topology.entry === 'ingress');
  const ids = [...new Set(ingress.map(controllerId))];
  let hostPorts = 0;
  return ids.map((id) => {
    const asked = ingress.filter((topology) => controllerId(topology) === id);
    const { controller, placement, tuning = 'fair' } = asked[0]!;
    const exposures = asked.map(({ exposure }) => exposure);
    const onHost = exposures.some(({ entry }) => entry === 'host-port');
    const hostPort = onHost ? (hostPorts++ === 0 ? 80 : 8079 + hostPorts) : undefined;
    const served = exposures.filter((exposure) => exposure.entry !== 'host-port');
    return {
      id,
      controller,
      placement,
      tuning,
      ...(hostPort === undefined ? {} : { hostPort }),
      served: [...new Map(served.map((exposure) => [serviceKey(exposure), exposure])).values()],
    };
  });
}
