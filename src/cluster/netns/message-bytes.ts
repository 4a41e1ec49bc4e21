import { readFile } from 'node:fs/promises';

const ALL_IDENTITIES = '4294967295';
/** The kernel's own net.core.wmem_default; other network namespaces than the first do not show what it was set to. */
const DEFAULT_SEND_BUFFER = 212_992;

/**
 * The bytes that fit into one netlink message here, undefined for as many as it takes: nft and iptables-nft enlarge their send buffer
 * with SO_SNDBUFFORCE, which the kernel refuses in a user namespace (socket(7)); what is larger then fails with "Message too long".
 */
export async function messageBytes(): Promise<number | undefined> {
  const identities = await readFile('/proc/self/uid_map', 'utf8');
  return identities.trim().split(/\s+/)[2] === ALL_IDENTITIES ? undefined : DEFAULT_SEND_BUFFER;
}
