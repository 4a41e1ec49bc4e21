import type { Obstacle, OneObstacle } from '../cluster/contract/obstacle.ts';
import { roleLine } from '../cluster/contract/right.ts';
import { grantText, rightName } from './right.ts';

/** What is in the way, and what to do about it; absent: nothing is known to help. */
export interface ObstacleWords {
  readonly reason: string;
  readonly remedy?: string;
}

/** An obstacle in English; of several each reason and each remedy once. */
export function obstacleWords(obstacle: Obstacle): ObstacleWords {
  if (obstacle.code !== 'several') return wordsOf(obstacle);
  const all = obstacle.obstacles.map(wordsOf);
  const distinct = (sentences: readonly string[]) => [...new Set(sentences)].join('; ');
  const remedy = distinct(all.flatMap((words) => words.remedy ?? []));
  return { reason: distinct(all.map(({ reason }) => reason)), ...(remedy ? { remedy } : {}) };
}

/** "reason (remedy)". */
export function obstacleLine(obstacle: Obstacle): string {
  const { reason, remedy } = obstacleWords(obstacle);
  return remedy === undefined ? reason : `${reason} (${remedy})`;
}

const wordsOf = (obstacle: OneObstacle): ObstacleWords => (words[obstacle.code] as (one: OneObstacle) => ObstacleWords)(obstacle);

const OWN_CLUSTER = '-- --provider netns';

/** The setting that keeps a user from namespaces: the kernel's own, Debian's, Ubuntu 24.04's. */
const closedBy = {
  kernel: { reason: 'user namespaces are disabled', setting: 'user.max_user_namespaces', open: 10_000 },
  debian: { reason: 'ordinary users may not create namespaces', setting: 'kernel.unprivileged_userns_clone', open: 1 },
  apparmor: {
    reason: 'AppArmor keeps ordinary users from using namespaces',
    setting: 'kernel.apparmor_restrict_unprivileged_userns',
    open: 0,
  },
} as const;

const noServicelb = {
  'part-of-k3s': 'it is part of k3s',
  'outside-namespace': "its pods would be outside the run's namespace",
} as const;

const unreached = {
  nodes: "this machine has no route to the nodes' addresses, so it cannot run the client outside the cluster",
  pods: "this machine has no route to the pods' addresses",
  services: "this machine has no route to the Services' ClusterIPs",
} as const;

const answering = {
  userspace: 'in userspace mode a process accepts the connection, so the kernel forwards no first packet',
  ingress: "at an ingress the controller's process accepts the connection, so the kernel forwards no first packet to the backend",
} as const;

const words: { readonly [C in OneObstacle['code']]: (one: Extract<OneObstacle, { code: C }>) => ObstacleWords } = {
  stated: ({ text, remedy }) => ({ reason: text, ...(remedy ? { remedy } : {}) }),
  'programs-missing': ({ programs, packages }) => ({
    reason: `not installed: ${programs.join(', ')}`,
    remedy: `sudo apt-get install ${packages.join(' ')} (\`npm run lab\` downloads it automatically if possible)`,
  }),
  'traefik-missing': ({ cache }) => ({
    reason: `traefik is neither on PATH nor at ${cache}, and TRAFFICLAB_TRAEFIK is not set to a program`,
    remedy: 'install it there (https://github.com/traefik/traefik/releases), or set TRAFFICLAB_TRAEFIK to its path',
  }),
  'namespaces-closed': ({ by }) => ({
    reason: `${closedBy[by].reason} (${closedBy[by].setting})`,
    remedy: `sudo sysctl -w ${closedBy[by].setting}=${closedBy[by].open}`,
  }),
  'namespaces-fail': ({ said }) => ({
    reason: `cannot create namespaces here: ${said}`,
    remedy: 'run it as root, or outside this container, or in a container with --privileged (needs util-linux 2.34 or later)',
  }),
  'rules-refused': ({ mode, backend, said }) => ({
    reason: `this kernel refuses the rules of mode ${mode}${backend ? ` (${backend})` : ''}: ${said}`,
    remedy: mode === 'nftables' ? 'use a newer kernel, with nftables' : 'use a kernel with iptables, or load its modules',
  }),
  'no-ipvs': ({ said }) => ({
    reason: `this kernel has no IPVS (${said})`,
    remedy: 'sudo modprobe ip_vs, if the kernel has it',
  }),
  'no-qdisc': ({ qdisc, module, said }) => ({
    reason: `this kernel has no ${qdisc} for links (${said})`,
    remedy: `sudo modprobe ${module}, if the kernel has it`,
  }),
  'uml-modules-missing': ({ folder }) => ({
    reason: `User-Mode Linux lacks its modules (${folder})`,
    remedy: 'reinstall the package user-mode-linux',
  }),
  'engine-kernel-too-old': ({ mode, kernel, since }) => ({
    reason: `the engine's kernel is ${kernel}, and ${mode} mode needs ${since} or newer`,
    remedy: 'use a newer kernel, or another mode',
  }),
  'engine-without-ipvs': ({ kernel }) => ({
    reason: `the engine's kernel (${kernel}) has no IP_VS`,
    remedy: `use a kernel with CONFIG_IP_VS (modprobe ip_vs), or run it in User-Mode Linux: ${OWN_CLUSTER}`,
  }),
  'image-missing': ({ image, engine, setting }) => ({
    reason: `image ${image} is neither in ${engine} nor in its registry`,
    remedy: `load it (${engine} load), or set another: ${setting}=REFERENCE`,
  }),
  'links-not-shaped': ({ provider }) => ({
    reason: `${provider} does not shape the links of its nodes`,
    remedy: `use network namespaces: ${OWN_CLUSTER}`,
  }),
  'no-fillers': ({ provider }) => ({
    reason: `${provider} deploys no filler Services`,
    remedy: 'use --provider netns',
  }),
  'no-servicelb': ({ because }) => ({
    reason: `no servicelb here: ${noServicelb[because]}`,
    remedy: 'use -- --provider k3d',
  }),
  'no-userspace-in-k3s': () => ({
    reason: 'k3s has no kube-proxy in userspace mode',
    remedy: `use network namespaces: ${OWN_CLUSTER}`,
  }),
  'event-not-performed': () => ({
    reason: 'trafficlab does not support this event yet',
    remedy: 'remove the event from the lab',
  }),
  'rights-missing': ({ context, rights }) => ({
    reason: `the user of the context "${context}" lacks ${rights.length === 1 ? 'a right' : 'rights'}: ${rights.map(rightName).join('; ')}`,
    remedy: grantText(rights),
  }),
  'mode-hidden': ({ rights }) => ({
    reason: `the mode of kube-proxy is unknown: the user may not ${rights.map(rightName).join('; ')}`,
    remedy: grantText(rights),
  }),
  'mode-unknown': ({ said, right }) => ({
    reason: `the mode of kube-proxy is unknown: ${said}`,
    remedy: `allow trafficlab to query kube-proxy with a Role in kube-system: ${roleLine(right)}; or use a cluster with a visible kube-proxy`,
  }),
  'no-kube-proxy': ({ from }) => ({
    reason: `kube-proxy handles no Services on this cluster: ${from}`,
    remedy: 'labs compare kube-proxy modes; use a cluster with kube-proxy',
  }),
  'runs-another-mode': ({ mode }) => ({
    reason: `this cluster runs ${mode}, and trafficlab does not change a cluster's mode`,
    remedy: `use a cluster in that mode, or a new one: ${OWN_CLUSTER}`,
  }),
  'balancer-present': ({ balancer }) => ({
    reason: `trafficlab would add its own MetalLB, which could conflict with the cluster's LoadBalancer provider (${'name' in balancer ? balancer.name : `unknown: ${balancer.unknown}`})`,
    remedy: 'use -- --provider kind',
  }),
  'controller-outside-namespace': () => ({
    reason: 'an IngressClass and the ClusterRole of a controller are outside the namespace',
    remedy: 'allow it with --allow-cluster-scope',
  }),
  'host-port-forbidden': () => ({
    reason: 'the Pod Security level "restricted" forbids hostPort',
    remedy: 'allow it with --allow-cluster-scope',
  }),
  'event-not-ours': () => ({
    reason: 'trafficlab only changes objects that it created',
    remedy: `use a new cluster: ${OWN_CLUSTER}`,
  }),
  'no-route': ({ to }) => ({ reason: unreached[to], remedy: 'run trafficlab on a machine with a route to them' }),
  'mode-not-held': ({ mode, family }) => ({
    reason: family === undefined ? `no kernel or version here supports ${mode}` : `${family} does not support ${mode}`,
    remedy: '`npm run doctor` shows how to add it',
  }),
  'no-backend-choice': ({ mode }) => ({
    reason: `this provider cannot choose the iptables backend that ${mode} needs`,
    remedy: 'use iptables, or a provider with both backends',
  }),
  'process-answers': ({ who, newConnections }) => ({
    reason: answering[who],
    remedy: newConnections ? 'use its new-connection series' : 'add new-connection to series',
  }),
  'modes-apart': ({ modes }) => ({
    reason: `no kernel or version here supports two of ${modes.join(', ')}`,
    remedy: 'add a reference that they share, for example `reference: iptables`',
  }),
  'version-not-offered': ({ asked, offered }) => ({
    reason: `the lab needs Kubernetes ${asked}; this provider has ${offered.length > 0 ? offered.join(', ') : 'none'}`,
    remedy:
      offered.length > 0 ? 'use one of these versions' : 'omit the version, or use a provider that has it; see: npm run doctor',
  }),
  'no-family': ({ family }) => ({ reason: `no such family: ${family}`, remedy: 'run `npm run doctor`' }),
};
