import type { Host } from '../contract/host.ts';
import type { Carrier } from '../contract/provider.ts';

/**
 * k3s on each node, whose process is kube-proxy's too. What else it does, the kubelet and on the server the control plane, is in its CPU
 * time and cannot be told apart. A node on which no such process is found has none.
 */
export async function k3sCarriers(nodes: readonly Host[]): Promise<Carrier[]> {
  const found = await Promise.all(nodes.map(async (node) => ((await k3sCpuNs(node)) === undefined ? [] : [node])));
  return found.flat().map((node) => ({
    name: 'k3s (k3s, the kubelet and the control plane in it)',
    node: node.name,
    program: 'k3s, the kubelet and the control plane in it',
    runs: 'node',
    cpuNs: async () => (await k3sCpuNs(node)) ?? 0n,
  }));
}

/** Every thread of the processes that call themselves k3s, k3s-server or k3s-agent: "TIME WAIT SLICES", in nanoseconds (schedstat, first field). */
const SCHEDSTAT =
  'for process in /proc/[0-9]*; do case "$(cat $process/comm 2>/dev/null)" in k3s | k3s-server | k3s-agent) cat $process/task/*/schedstat 2>/dev/null ;; esac; done; true';

async function k3sCpuNs(node: Host): Promise<bigint | undefined> {
  const { stdout } = await node.exec(['sh', '-c', SCHEDSTAT], { timeoutMs: 30_000 });
  const threads = stdout.split('\n').filter(Boolean);
  return threads.length === 0 ? undefined : threads.reduce((sum, line) => sum + BigInt(line.split(' ')[0]!), 0n);
}
