import type { Problem } from '../proof/problem.ts';
import { objectText } from './kernel-object.ts';

/** A problem as a sentence; it begins with its node and Service, where it has them. */
export function problemText(problem: Problem): string {
  const { node, service } = problem as { readonly node?: string; readonly service?: string };
  const say = words[problem.code] as (one: Problem) => string;
  return [node, service, say(problem)].filter((part) => part !== undefined).join(': ');
}

/** Why a proof is not made: "rules: worker: ...". */
export const unprovenText = ({
  subject,
  problems,
}: {
  readonly subject: string;
  readonly problems: readonly Problem[];
}): string => `${subject}: ${problems.map(problemText).join('; ')}`;

type Words = { readonly [Code in Problem['code']]: (problem: Extract<Problem, { code: Code }>) => string };

const words: Words = {
  'rules-unreadable': ({ command, reason }) => `cannot read its rules: ${command} (${reason})`,
  'entry-missing': ({ where, address, port }) => `${objectText(where)} has no rule for ${address}:${port}`,
  'wrong-chain': ({ from, found, expected }) =>
    `${objectText(from)} leads to ${found ? objectText(found) : 'no chain'}, not to ${objectText(expected)}`,
  'endpoint-without-rule': ({ object, endpoint }) => `${objectText(object)} does not lead to ${endpointText(endpoint)}`,
  'stranger-endpoint': ({ object, address }) =>
    `${objectText(object)} leads to ${address}, which is not an endpoint of the Service`,
  'remote-endpoint': ({ object, endpoint }) =>
    `traffic policy Local, but ${objectText(object)} leads to ${endpointText(endpoint)} on ${endpoint.node}`,
  'stranger-rule': ({ object, rule }) => `${objectText(object)} has a rule that kube-proxy does not create: ${rule}`,
  'uneven-spread': ({ object }) => `${objectText(object)} does not give each endpoint an equal share`,
  'affinity-missing': ({ object }) => `session affinity ClientIP is requested, but ${objectText(object)} has none`,
  'affinity-unasked': ({ object }) => `session affinity is not requested, but ${objectText(object)} has it`,
  'affinity-broken': ({ connections, pods }) =>
    `session affinity ClientIP, but ${connections} connections of one client were answered by ${pods.join(', ')}`,
  'affinity-seen': ({ connections, pod, of }) =>
    `no session affinity, but all ${connections} connections of one client were answered by ${pod}, one of ${of} endpoints`,
  miscounted: ({ object, counted, expected }) => `${objectText(object)} counted ${counted} of ${expected} new connections`,
  'counters-reset': ({ object }) => `the counters of ${objectText(object)} were reset during the proof`,
  diverted: ({ connections, by }) => `${objectText(by)} diverted ${connections} connections`,
  'answers-disagree': ({ counted, endpoint, answered }) =>
    `the kernel sent ${counted} connections to ${endpoint}, and it answered ${answered}`,

  'no-arp-answer': ({ address, asker, state }) => `no node answers ARP for ${address} (neighbour table of ${asker}: ${state})`,
  'arp-stranger': ({ mac, address }) => `${mac} answers ARP for ${address}, but is not a node of the cluster`,
  'no-router': () => 'no router to announce addresses to',
  'session-down': ({ router, state }) => `its BGP session with ${router} is ${state}`,
  'no-next-hop': ({ router, address }) => `the route to ${address} on ${router} does not lead to it`,
  'stranger-next-hop': ({ router, address, hop }) =>
    `the route to ${address} on ${router} leads to ${hop}, which does not announce it`,
  'hash-policy': ({ router, policy }) => `${router} does not hash by flow (fib_multipath_hash_policy is ${policy || 'unknown'})`,
  'uneven-share': ({ counted, connections, low, high }) =>
    `${counted} of ${connections} connections entered here, outside ${low} to ${high} (99.9 % of an even spread)`,
  'connections-unseen': ({ seen, connections }) => `the nodes saw ${seen} of ${connections} connections`,
  'came-in-elsewhere': ({ connections, leader }) =>
    `${connections} connections entered here, but ${leader === undefined ? 'it does not announce the address' : `${leader} answers ARP for the address`}`,
  'no-host-port-pod': () => 'no pod here has the hostPort',
  'no-node-address': ({ address }) => `${address} is not the address of a node`,

  'no-answer': ({ failed, of, url, statuses, errors }) =>
    `${failed} of ${of} new connections to ${url} got no answer (${[...errors, ...statuses.map((status) => `status ${status}`)].join(', ')})`,
  'controller-answers': ({ controller, status }) => `${controller} answers, and ${OWN_ANSWERS[status]}`,
  'carried-by-stranger': ({ address, controller }) =>
    `a request came to the backend from ${address}, which is not a pod of ${controller}`,
  'answered-by-stranger': ({ pods }) => `answered by ${pods.join(', ')}, which is not an endpoint of the target`,
  'answered-elsewhere': ({ pod, podNode }) => `traffic policy Local, but ${pod} on ${podNode} answered`,
  masqueraded: ({ saw }) => `traffic policy Local, but the pod saw ${saw}, not the client`,
  'no-client': () => 'no client on this node to send connections from',
  'no-target': ({ scenario }) => `${scenario}: the cluster has no such target`,

  'other-mode-said': ({ said, expected }) => `kube-proxy reports "${said}", expected "${expected}"`,
  'kube-proxy-silent': ({ exitCode }) => `kube-proxy does not answer (curl exit code ${exitCode})`,
  'mode-absent': ({ mode }) => `no kernel objects of ${mode} mode`,
  'other-mode-present': ({ mode, count }) => `kernel objects of ${mode} mode too: ${modeObjects(mode, count)}`,
  'no-copying-process': ({ reason }) => reason ?? 'no process copies connections',
  'copying-process-deaf': ({ pid }) => `process ${pid} listens on no port`,

  'no-proof': () => 'no proof was recorded',
  unexplained: () => 'not proven',
  stated: ({ text }) => text,
};

const endpointText = ({
  pod,
  address,
  port,
}: {
  readonly pod: string;
  readonly address: string;
  readonly port: number;
}): string => `${pod} (${address}:${port})`;

const OWN_ANSWERS = {
  404: 'has no Ingress rule for this request; check the ingressClassName',
  503: 'has no ready endpoint behind the Ingress',
} as const;

/** The kernel's objects by which a mode is known. */
function modeObjects(mode: string, count: number): string {
  switch (mode) {
    case 'userspace':
      return 'chain KUBE-PORTALS-CONTAINER';
    case 'iptables':
      return `${count} KUBE-SVC- chains`;
    case 'ipvs':
      return `${count} virtual servers, and the KUBE-CLUSTER-IP set`;
    case 'nftables':
      return 'table ip kube-proxy';
    default:
      return `${count} objects`;
  }
}
