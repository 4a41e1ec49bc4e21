import { InterruptedError } from '../../errors.ts';
import type { CarrierSample, CarrierSnapshot } from '../contract/carriers.ts';
import type { Host } from '../contract/host.ts';

/** A component that may carry traffic, as the kernel knows it. */
export interface CarrierProcesses {
  readonly component: string;
  readonly kind: CarrierSample['kind'];
  /** Names of its processes (/proc/PID/comm), with the wildcards of a shell. */
  readonly names: readonly string[];
  /** The uids of the pods in which it runs; absent: wherever it runs. */
  readonly pods?: readonly string[];
}

/** What runs kube-proxy on a real node, and the kernel's threads that forward packets when interrupts come too fast. */
export const nodeCarriers: readonly CarrierProcesses[] = [
  { component: 'kube-proxy', kind: 'process', names: ['kube-proxy'] },
  // kube-proxy is part of k3s, and so are the kubelet and the control plane: their CPU time is one.
  { component: 'k3s', kind: 'process', names: ['k3s', 'k3s-server', 'k3s-agent'] },
  { component: 'ksoftirqd', kind: 'kernel-thread', names: ['ksoftirqd/*'] },
];

const READ_MS = 30_000;

/**
 * One line for each process of the names given: its name, the CPU time of its threads in nanoseconds (schedstat, first field), that of its
 * container in microseconds ("-" where it is in none, or not to be seen), and its cgroup. Nothing but the shell itself runs, so that the
 * look costs little.
 */
const LOOK = `for process in /proc/[0-9]*; do
  read -r name < "$process/comm" || continue
  found=
  for pattern; do case "$name" in $pattern) found=1 ;; esac; done
  [ "$found" ] || continue
  time=0
  for thread in "$process"/task/*/schedstat; do read -r ns rest < "$thread" && time=$((time + ns)); done
  group=
  while read -r line; do case "$line" in *pod*) group=\${line#*:*:} ;; esac; done < "$process/cgroup"
  used=-
  [ "$group" ] && while read -r key value; do [ "$key" = usage_usec ] && used=$value; done < "/sys/fs/cgroup$group/cpu.stat"
  echo "$name $time $used $group"
done 2> /dev/null
true`;

/** Looks once, in one command a node, at the CPU that components used. */
export async function readCarriers(nodes: readonly Host[], components: readonly CarrierProcesses[]): Promise<CarrierSnapshot> {
  const looks = await Promise.all(nodes.map((node) => lookAt(node, components)));
  return { samples: looks.flatMap(({ samples }) => samples), unknown: looks.flatMap(({ unknown }) => unknown) };
}

async function lookAt(node: Host, components: readonly CarrierProcesses[]): Promise<CarrierSnapshot> {
  const unknown = (why: CarrierSnapshot['unknown'][number]['unknown']) => ({
    samples: [],
    unknown: [{ node: node.name, unknown: why }],
  });
  if (node.closed !== undefined) return unknown('node-closed');
  const names = components.flatMap((component) => component.names);
  try {
    const { stdout } = await node.exec(['sh', '-c', LOOK, 'look', ...names], { timeoutMs: READ_MS });
    return { samples: samplesOf(stdout, node.name, components), unknown: [] };
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    return unknown('not-readable');
  }
}

/** Pure part: what `LOOK` prints. A container counts as a whole, with processes that ended in it, and once. */
export function samplesOf(output: string, node: string, components: readonly CarrierProcesses[]): CarrierSample[] {
  const processes = output.split('\n').flatMap((line) => {
    const [, name = '', ns, used, group = ''] = /^(.+) (\d+) (-|\d+) (.*)$/.exec(line) ?? [];
    return ns === undefined ? [] : [{ name, ns: BigInt(ns), used, group }];
  });
  return components.flatMap(({ component, kind, names, pods }) => {
    const own = processes.filter(({ name, group }) => names.some((one) => matches(one, name)) && isIn(group, pods));
    if (own.length === 0) return [];
    const containers = new Map(own.flatMap(({ used, group }) => (used === '-' ? [] : [[group, BigInt(used!) * 1000n] as const])));
    const alone = own.filter(({ used }) => used === '-').map(({ ns }) => ns);
    return [{ component, node, kind, cpuNs: [...containers.values(), ...alone].reduce((sum, ns) => sum + ns, 0n) }];
  });
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** cgroups have a pod's uid as it is, or with underscores (the driver systemd). */
const isIn = (group: string, pods: readonly string[] | undefined): boolean =>
  pods?.some((uid) => group.includes(uid) || group.includes(uid.replaceAll('-', '_'))) ?? true;
