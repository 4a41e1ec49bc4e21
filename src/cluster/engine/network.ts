import { CommandError } from '../../errors.ts';
import type { Segment } from '../kube/stage.ts';
import type { Engine } from './engine.ts';

/** What is known of an engine's network: its IPv4 subnet, and the addresses of all that is on it, whoever made it. */
export async function readSegment(engine: Engine, network: string): Promise<Segment> {
  const { stdout } = await engine.run(['network', 'inspect', network], { timeoutMs: 10_000 });
  const segment = segmentOf(stdout);
  if (!segment) throw new CommandError(`the network ${network} of ${engine.name} has no IPv4 subnet`);
  return segment;
}

/** Docker and nerdctl write IPAM.Config and IPv4Address, Podman writes subnets and ipnet. */
interface Inspected {
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
  readonly subnets?: readonly { readonly subnet?: string; readonly gateway?: string }[];
  readonly Containers?: Readonly<Record<string, { readonly IPv4Address?: string }>>;
  readonly containers?: Readonly<
    Record<
      string,
      { readonly interfaces?: Readonly<Record<string, { readonly subnets?: readonly { readonly ipnet?: string }[] }>> }
    >
  >;
}

/** Reads `network inspect`; undefined where there is no IPv4 subnet (kind's network has an IPv6 one as well). */
export function segmentOf(json: string): Segment | undefined {
  const [found] = JSON.parse(json) as Inspected[];
  const subnets = [
    ...(found?.IPAM?.Config ?? []).map(({ Subnet, Gateway }) => ({ subnet: Subnet, gateway: Gateway })),
    ...(found?.subnets ?? []),
  ];
  const own = subnets.find(({ subnet }) => subnet?.includes('.'));
  if (!own?.subnet) return undefined;
  const docker = Object.values(found?.Containers ?? {}).map(({ IPv4Address }) => IPv4Address);
  const podman = Object.values(found?.containers ?? {}).flatMap(({ interfaces }) =>
    Object.values(interfaces ?? {}).flatMap(({ subnets = [] }) => subnets.map(({ ipnet }) => ipnet)),
  );
  const taken = [own.gateway, ...docker, ...podman].flatMap((address) => address?.split('/')[0] || []);
  return { subnet: own.subnet, taken: taken.filter((address) => address.includes('.')) };
}
