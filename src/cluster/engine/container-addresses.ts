import { z } from 'zod';
import { parseAddress } from '../addresses/ipv4-network.ts';

/** `inspect` of containers: Docker, Podman and nerdctl name these fields alike; nerdctl calls the networks "unknown-eth0" and the like. */
const inspected = z.array(
  z.looseObject({
    NetworkSettings: z
      .looseObject({
        Networks: z.record(z.string(), z.looseObject({ IPAddress: z.string().nullish() }).nullable()).nullish(),
      })
      .nullish(),
  }),
);

/** The IPv4 address of each container on a network, from `inspect` without a format; undefined where it has none. */
export function addressesOn(json: string, network: string): (string | undefined)[] {
  return inspected.parse(JSON.parse(json)).map(({ NetworkSettings: settings }) => {
    const networks = settings?.Networks ?? {};
    const named = networks[network];
    const [only, other] = Object.keys(networks);
    const unnamed = named === undefined && other === undefined && only?.startsWith('unknown-') ? networks[only] : undefined;
    return bareIpv4((named ?? unnamed)?.IPAddress);
  });
}

/** An IPv4 address without its prefix length; undefined for anything else. */
export function bareIpv4(text: string | null | undefined): string | undefined {
  const [address = ''] = (text ?? '').split('/');
  return parseAddress(address);
}
