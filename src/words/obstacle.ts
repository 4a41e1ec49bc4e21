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
  kernel: { reason: 'no user namespaces are allowed', setting: 'user.max_user_namespaces', open: 10_000 },
  debian: { reason: 'ordinary users may not make namespaces', setting: 'kernel.unprivileged_userns_clone', open: 1 },
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
  nodes: "this machine does not reach the nodes' addresses, so no client here is outside the cluster and near it",
  pods: "this machine does not reach the pods' addresses",
  services: "this machine does not reach the Services' ClusterIPs",
} as const;

const answering = {
  userspace: 'in userspace mode a process answers the SYN itself, so the kernel has no first packet to time',
  ingress:
    "at an ingress the controller's process answers the SYN itself, so the kernel has no first packet of the backend to time",
} as const;

const words: { readonly [C in OneObstacle['code']]: (one: Extract<OneObstacle, { code: C }>) => ObstacleWords } = {
  stated: ({ text, remedy }) => ({ reason: text, ...(remedy ? { remedy } : {}) }),
  'programs-missing': ({ programs, packages }) => ({
    reason: `not installed: ${programs.join(', ')}`,
    remedy: `sudo apt-get install ${packages.join(' ')} (\`npm run lab\` downloads it by itself where it can)`,
  }),
  'traefik-missing': ({ cache }) => ({
    reason: `traefik is neither on PATH nor at ${cache}, and TRAFFICLAB_TRAEFIK names no program`,
    remedy: 'put its program there (https://github.com/traefik/traefik/releases), or name it in TRAFFICLAB_TRAEFIK',
  }),
  'namespaces-closed': ({ by }) => ({
    reason: `${closedBy[by].reason} (${closedBy[by].setting})`,
    remedy: `sudo sysctl -w ${closedBy[by].setting}=${closedBy[by].open}`,
  }),
  'namespaces-fail': ({ said }) => ({
    reason: `no namespaces can be made here: ${said}`,
    remedy: 'run it as root, or outside this container, or in a container with --privileged (needs util-linux 2.34 or later)',
  }),
  'rules-refused': ({ mode, backend, said }) => ({
    reason: `this kernel refuses the rules of mode ${mode}${backend ? ` (${backend})` : ''}: ${said}`,
    remedy: mode === 'nftables' ? 'use a newer kernel, with nftables' : 'use a kernel with iptables, or load its modules',
  }),
  'no-ipvs': ({ said }) => ({
    reason: `this kernel has no IPVS (${said})`,
    remedy: 'sudo modprobe ip_vs, where the kernel has it',
  }),
  'no-qdisc': ({ qdisc, module, said }) => ({
    reason: `this kernel has no ${qdisc} for links (${said})`,
    remedy: `sudo modprobe ${module}, where the kernel has it`,
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
    remedy: `load it (${engine} load), or name another: ${setting}=REFERENCE`,
  }),
  'links-not-shaped': ({ provider }) => ({
    reason: `${provider} does not shape the links of its nodes`,
    remedy: `shape links on network namespaces: ${OWN_CLUSTER}`,
  }),
  'no-fillers': ({ provider }) => ({
    reason: `${provider} deploys the workload's own Service and no fillers`,
    remedy: 'use --provider netns',
  }),
  'no-servicelb': ({ because }) => ({
    reason: `no servicelb here: ${noServicelb[because]}`,
    remedy: 'use -- --provider k3d',
  }),
  'no-userspace-in-k3s': () => ({
    reason: 'no k3s is known to run kube-proxy in userspace mode',
    remedy: `run it without an engine: ${OWN_CLUSTER}`,
  }),
  'event-not-performed': () => ({
    reason: 'trafficlab does not perform this event yet',
    remedy: 'leave the event out of the lab',
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
    remedy: `let kube-proxy be asked, by a Role in kube-system: ${roleLine(right)}; or use a cluster whose kube-proxy can be seen`,
  }),
  'no-kube-proxy': ({ from }) => ({
    reason: `no kube-proxy carries traffic on this cluster: ${from}`,
    remedy: 'labs compare the modes of kube-proxy; use a cluster that has one',
  }),
  'runs-another-mode': ({ mode }) => ({
    reason: `this cluster runs ${mode}, and trafficlab does not change a cluster's mode`,
    remedy: `use a cluster in that mode, or one of your own: ${OWN_CLUSTER}`,
  }),
  'balancer-present': ({ balancer }) => ({
    reason: `labs announce LoadBalancers by their own MetalLB, which is not added to what the cluster has (${'name' in balancer ? balancer.name : `unknown: ${balancer.unknown}`})`,
    remedy: 'use -- --provider kind',
  }),
  'controller-outside-namespace': () => ({
    reason: 'an IngressClass and the ClusterRole of a controller are outside the namespace',
    remedy: 'allow it where that is welcome: --allow-cluster-scope',
  }),
  'host-port-forbidden': () => ({
    reason: 'the Pod Security level "restricted" allows no hostPort',
    remedy: 'allow it where that is welcome: --allow-cluster-scope',
  }),
  'event-not-ours': () => ({
    reason: 'trafficlab stops, kills and changes nothing that it did not make',
    remedy: `use a cluster of your own: ${OWN_CLUSTER}`,
  }),
  'no-route': ({ to }) => ({ reason: unreached[to], remedy: 'run trafficlab where there is a route to them' }),
  'mode-not-held': ({ mode, family }) => ({
    reason: family === undefined ? `no kernel or version here has ${mode}` : `${family} does not have ${mode}`,
    remedy: 'npm run doctor shows what would add it',
  }),
  'no-backend-choice': ({ mode }) => ({
    reason: `no iptables backend can be chosen here, and ${mode} names one`,
    remedy: 'ask for iptables, or use a provider that offers both backends',
  }),
  'process-answers': ({ who, newConnections }) => ({
    reason: answering[who],
    remedy: newConnections ? 'look at its new-connection series' : 'add new-connection to series',
  }),
  'modes-apart': ({ modes }) => ({
    reason: `no kernel or version here has two of ${modes.join(', ')} together`,
    remedy: 'give the lab a reference that they share, as in `reference: iptables`',
  }),
  'version-not-offered': ({ asked, offered }) => ({
    reason: `the lab asks for Kubernetes ${asked}, and here is ${offered.length > 0 ? offered.join(', ') : 'no Kubernetes at all'}`,
    remedy:
      offered.length > 0
        ? 'ask for one of these versions'
        : 'leave the version out, or name a provider that has it; see: npm run doctor',
  }),
  'no-family': ({ family }) => ({ reason: `there is no family ${family} here`, remedy: 'run `npm run doctor`' }),
};
