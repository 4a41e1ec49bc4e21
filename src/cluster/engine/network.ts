import { z } from 'zod';
import { CommandError } from '../../errors.ts';
import { contains, parseCidr } from '../addresses/ipv4-network.ts';
import type { Segment } from '../kube/platform.ts';
import { addressesOn, bareIpv4 } from './container-addresses.ts';
import type { Engine } from './engine.ts';

/** What is known of an engine's network: its IPv4 subnet, and the addresses of all that is on it, whoever made it. */
export async function readSegment(engine: Engine, network: string): Promise<Segment> {
  const { stdout } = await engine.run(['network', 'inspect', network], { timeoutMs: 10_000 });
  const told = readNetwork(stdout);
  // Podman before 4.5 does not tell who is on a network; asked for the containers themselves, every engine does.
  const containers = told?.containers ?? (await addressesOfContainers(engine, network));
  const segment = told && segmentOf({ ...told, containers });
  if (!segment) throw new CommandError(`the network ${network} of ${engine.name} has no IPv4 subnet`);
  return segment;
}

async function addressesOfContainers(engine: Engine, network: string): Promise<string[]> {
  const filter = ['--all', '--filter', `network=${network}`, '--format', '{{.ID}}'];
  const ids = (await engine.run(['ps', ...filter], { timeoutMs: 10_000 })).stdout.split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  const { stdout } = await engine.run(['inspect', ...ids], { timeoutMs: 30_000 });
  return addressesOn(stdout, network).flatMap((one) => one ?? []);
}

interface Range {
  readonly subnet: string;
  readonly gateway?: string | undefined;
}

/** A network in one shape, whichever engine told it. */
export interface ToldNetwork {
  /** In the engine's order, of both families. */
  readonly ranges: readonly Range[];
  /** Addresses of its containers, of both families, with or without a prefix length; absent: the engine does not tell. */
  readonly containers?: readonly string[];
}

const text = z.string().nullish();
/** Docker and nerdctl write IPAM and Containers. */
const docker = z.looseObject({
  IPAM: z.looseObject({ Config: z.array(z.looseObject({ Subnet: text, Gateway: text })).nullish() }),
  Containers: z.record(z.string(), z.looseObject({ IPv4Address: text }).nullable()).nullish(),
});
/** Podman 4 and later (netavark, and CNI behind the same words) write subnets, and from 4.5 containers. */
const podman = z.looseObject({
  subnets: z.array(z.looseObject({ subnet: text, gateway: text })).nullable(),
  containers: z
    .record(
      z.string(),
      z
        .looseObject({
          interfaces: z
            .record(z.string(), z.looseObject({ subnets: z.array(z.looseObject({ ipnet: text })).nullish() }).nullable())
            .nullish(),
        })
        .nullable(),
    )
    .nullish(),
});
/** Podman before 4, and nerdctl's native mode, print a CNI configuration list (CNI host-local: `ranges`, or one `subnet`). */
const cniRange = z.looseObject({ subnet: text, gateway: text });
const cniPlugin = z.looseObject({ ipam: cniRange.extend({ ranges: z.array(z.array(cniRange).nullish()).nullish() }).nullish() });
const cni = z.looseObject({ plugins: z.array(cniPlugin) });

/** Reads `network inspect` of any engine: a list, or one network alone; undefined where it is in no known shape. */
export function readNetwork(json: string): ToldNetwork | undefined {
  const value: unknown = JSON.parse(json);
  const found: unknown = Array.isArray(value) ? value[0] : value;
  const ranges = (all: readonly { readonly subnet?: string | null; readonly gateway?: string | null }[]): Range[] =>
    all.flatMap(({ subnet, gateway }) => (subnet ? [{ subnet, gateway: gateway ?? undefined }] : []));
  const ofDocker = docker.safeParse(found).data;
  if (ofDocker)
    return {
      ranges: ranges(
        (ofDocker.IPAM.Config ?? []).map(({ Subnet, Gateway }) => ({ subnet: Subnet ?? null, gateway: Gateway ?? null })),
      ),
      ...(ofDocker.Containers ? { containers: Object.values(ofDocker.Containers).flatMap((one) => one?.IPv4Address || []) } : {}),
    };
  const ofPodman = podman.safeParse(found).data;
  if (ofPodman)
    return {
      ranges: ranges(
        (ofPodman.subnets ?? []).map(({ subnet, gateway }) => ({ subnet: subnet ?? null, gateway: gateway ?? null })),
      ),
      ...(ofPodman.containers
        ? {
            containers: Object.values(ofPodman.containers).flatMap((one) =>
              Object.values(one?.interfaces ?? {}).flatMap((each) => (each?.subnets ?? []).flatMap(({ ipnet }) => ipnet || [])),
            ),
          }
        : {}),
    };
  const native = z.looseObject({ CNI: cni }).safeParse(found).data?.CNI ?? cni.safeParse(found).data;
  if (!native) return undefined;
  const all = native.plugins.flatMap(({ ipam }) => (ipam ? [ipam, ...(ipam.ranges ?? []).flatMap((list) => list ?? [])] : []));
  return { ranges: ranges(all.map(({ subnet, gateway }) => ({ subnet: subnet ?? null, gateway: gateway ?? null }))) };
}

/** The IPv4 subnet that containers are in, the first one where there are none; undefined where there is no IPv4 subnet. */
export function segmentOf({ ranges, containers = [] }: ToldNetwork): Segment | undefined {
  const subnets = ranges.filter(({ subnet }) => parseCidr(subnet));
  const addresses = containers.flatMap((one) => bareIpv4(one) ?? []);
  const holds = ({ subnet }: Range) => addresses.some((one) => contains(parseCidr(subnet)!, one));
  const own = subnets.find(holds) ?? subnets[0];
  if (!own) return undefined;
  const gateways = subnets.flatMap(({ gateway }) => bareIpv4(gateway) ?? []);
  return { subnet: own.subnet, taken: [...new Set([...gateways, ...addresses])] };
}
