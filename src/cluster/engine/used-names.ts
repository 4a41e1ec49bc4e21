import { parseAddress } from '../addresses/ipv4-network.ts';
import type { UsedNetwork } from '../addresses/routed-networks.ts';
import type { Host } from '../contract/host.ts';

const LIMITS = { accept: 'any', timeoutMs: 5_000 } as const;

/** The addresses by which a node pulls images: registries, their mirrors, and proxies of this machine's environment. */
export async function namedNetworks(node: Host | undefined, images: readonly string[]): Promise<UsedNetwork[]> {
  if (!node) return [];
  // Where containerd and k3s are told of mirrors.
  const configured = ['/etc/containerd/certs.d', '/etc/rancher/k3s/registries.yaml'];
  const mirrors = await node.exec(['grep', '-rhoE', 'https?://[^"/[:space:]]+', ...configured], LIMITS).catch(() => undefined);
  const urls = mirrors?.stdout.split('\n').filter(Boolean) ?? [];
  return addressesOfNames(node, [...new Set([...hostsUsed(images, process.env), ...urls.map(hostOf)])].filter(isHost));
}

const isHost = (name: string): boolean => name !== '' && name !== 'localhost';

/** Registries of images, and proxies that variables of the environment name, without their ports. */
export function hostsUsed(images: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].flatMap((name) => env[name] || []);
  return [...new Set([...images.map(registryOf), ...proxies.map(hostOf)])].filter(isHost);
}

/** The part before the first slash where it is a host at all; else the image is Docker Hub's (the reference grammar of distribution). */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first.replace(/:\d+$/, '') : 'registry-1.docker.io';
}

function hostOf(proxy: string): string {
  try {
    return new URL(proxy.includes('://') ? proxy : `http://${proxy}`).hostname;
  } catch {
    return '';
  }
}

/** The addresses of hosts as a node finds them; one that it does not find has none that could be cut off. */
async function addressesOfNames(node: Host, hosts: readonly string[]): Promise<UsedNetwork[]> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const by = `the address of ${host}, which nodes pull images from or through`;
      if (parseAddress(host)) return [{ network: host, by }];
      const { stdout } = await node.exec(['getent', 'ahostsv4', host], LIMITS).catch(() => ({ stdout: '' }));
      const addresses = [...stdout.matchAll(/^(\d+\.\d+\.\d+\.\d+)\s/gm)].map(([, address]) => address!);
      return [...new Set(addresses)].map((network) => ({ network, by }));
    }),
  );
  return found.flat();
}
