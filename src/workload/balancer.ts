/** A Service port whose connections are to be copied. */
export interface ProxiedService {
  /** "namespace/name:port", the same in requests and answers. */
  readonly name: string;
  /** "address:port" of each ready endpoint. */
  readonly endpoints: readonly string[];
  /** Session affinity by the client's address for so long; absent without. */
  readonly affinitySeconds?: number;
}

export interface Balancer {
  /** The endpoint for a client's next connection; undefined where there is none. `afresh`: the client's affinity is forgotten first. */
  next(client: string, afresh?: boolean): string | undefined;
  /** Takes other endpoints; where they are the same ones, the turn and the affinities stay. */
  update(service: ProxiedService): void;
}

interface Affinity {
  readonly endpoint: string;
  usedMs: number;
}

/**
 * Round robin with affinity by the client's address (pkg/proxy/userspace/roundrobin.go of Kubernetes 1.25): endpoints stand in random
 * order, and an affinity lasts until the client has opened no connection for its time.
 * @param now milliseconds of any clock.
 */
export function createBalancer(initial: ProxiedService, now: () => number = () => performance.now()): Balancer {
  const affinities = new Map<string, Affinity>();
  let endpoints = shuffled(initial.endpoints);
  let affinityMs = milliseconds(initial);
  let turn = 0;
  return {
    next(client, afresh = false) {
      const known = affinityMs === undefined || afresh ? undefined : affinities.get(client);
      if (known && now() - known.usedMs < affinityMs!) {
        known.usedMs = now();
        return known.endpoint;
      }
      const endpoint = endpoints[turn];
      if (endpoint === undefined) return undefined;
      turn = (turn + 1) % endpoints.length;
      if (affinityMs !== undefined) affinities.set(client, { endpoint, usedMs: now() });
      return endpoint;
    },
    update(service) {
      affinityMs = milliseconds(service);
      if ([...endpoints].sort().join() === [...service.endpoints].sort().join()) return;
      endpoints = shuffled(service.endpoints);
      turn = 0;
      for (const [client, { endpoint }] of affinities) if (!endpoints.includes(endpoint)) affinities.delete(client);
    },
  };
}

const milliseconds = ({ affinitySeconds }: ProxiedService): number | undefined =>
  affinitySeconds === undefined ? undefined : affinitySeconds * 1000;

function shuffled<T>(values: readonly T[]): T[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
