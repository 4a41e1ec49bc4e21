import type { Endpoint } from '../cluster/contract/deployment.ts';

type At = {
  readonly node: string;
  /** "namespace/name". */
  readonly service: string;
};

/** What speaks against a proof: where, of which Service, and which object of the kernel. */
export type Problem =
  | ({ readonly code: 'rules-unreadable'; readonly command: string; readonly reason: string } & At)
  /** No rule, map element or virtual server for what clients ask for. @field where the chain, map or table that lacks it. */
  | ({ readonly code: 'entry-missing'; readonly where: string; readonly address: string; readonly port: number } & At)
  /** What comes in goes to another chain than this Service's and policy's. */
  | ({ readonly code: 'wrong-chain'; readonly from: string; readonly expected: string; readonly found: string } & At)
  /** `object` does not lead to the endpoint; `object` is the chain or virtual server that should. */
  | ({ readonly code: 'endpoint-without-rule'; readonly object: string; readonly endpoint: Endpoint } & At)
  /** `object` leads to an address that is no endpoint of the Service. */
  | ({ readonly code: 'stranger-endpoint'; readonly object: string; readonly address: string } & At)
  /** Traffic policy Local, and `object` leads to a pod on another node. */
  | ({ readonly code: 'remote-endpoint'; readonly object: string; readonly endpoint: Endpoint } & At)
  /** `object` holds a rule that kube-proxy does not make there. */
  | ({ readonly code: 'stranger-rule'; readonly object: string; readonly rule: string } & At)
  /** Endpoints do not have equal shares, or some connections find none. */
  | ({ readonly code: 'uneven-spread'; readonly object: string } & At)
  | ({ readonly code: 'affinity-missing'; readonly object: string } & At)
  | ({ readonly code: 'affinity-unasked'; readonly object: string } & At)
  /** One client, session affinity, and several endpoints. */
  | ({ readonly code: 'affinity-broken'; readonly pods: readonly string[]; readonly connections: number } & At)
  /** One client, no session affinity, and one of several endpoints took all. */
  | ({ readonly code: 'affinity-seen'; readonly pod: string; readonly connections: number; readonly of: number } & At)
  /** `object` did not count what was sent. */
  | ({ readonly code: 'miscounted'; readonly object: string; readonly expected: number; readonly counted: number } & At)
  | ({ readonly code: 'counters-reset'; readonly object: string } & At)
  /** Something other than the Service's own objects took connections. */
  | ({ readonly code: 'diverted'; readonly by: string; readonly connections: number } & At)
  /** The kernel led so many to the endpoint, and another number was answered by it. */
  | ({ readonly code: 'answers-disagree'; readonly endpoint: string; readonly counted: number; readonly answered: number } & At)
  /** A node's share of connections that routers spread. */
  | {
      readonly code: 'uneven-share';
      readonly node: string;
      readonly counted: number;
      readonly connections: number;
      readonly low: number;
      readonly high: number;
    };

/** Problems that come about by chance once in some hundreds or thousands of proofs, or while kube-proxy writes rules. */
const PASSING: ReadonlySet<Problem['code']> = new Set([
  'uneven-share',
  'affinity-seen',
  'counters-reset',
  'miscounted',
  'answers-disagree',
]);

/** Whether asking once more may find another answer. */
export const mayPass = ({ code }: Problem): boolean => PASSING.has(code);

/** A problem as a sentence that begins with its node. */
export function problemText(problem: Problem): string {
  return problem.code === 'uneven-share'
    ? `${problem.node}: ${what(problem)}`
    : `${problem.node}: ${problem.service}: ${what(problem)}`;
}

function what(problem: Problem): string {
  switch (problem.code) {
    case 'rules-unreadable':
      return `its rules cannot be read: ${problem.command} (${problem.reason})`;
    case 'entry-missing':
      return `${problem.where} has nothing for ${problem.address}:${problem.port}`;
    case 'wrong-chain':
      return `${problem.from} leads to ${problem.found}, not to ${problem.expected}`;
    case 'endpoint-without-rule':
      return `${problem.object} does not lead to ${endpointText(problem.endpoint)}`;
    case 'stranger-endpoint':
      return `${problem.object} leads to ${problem.address}, which is no endpoint of the Service`;
    case 'remote-endpoint':
      return `traffic policy Local, and ${problem.object} leads to ${endpointText(problem.endpoint)} on ${problem.endpoint.node}`;
    case 'stranger-rule':
      return `${problem.object} has a rule that kube-proxy does not make: ${problem.rule}`;
    case 'uneven-spread':
      return `${problem.object} does not give each endpoint an equal share`;
    case 'affinity-missing':
      return `session affinity ClientIP is asked for, and ${problem.object} has none`;
    case 'affinity-unasked':
      return `session affinity is not asked for, and ${problem.object} has it`;
    case 'affinity-broken':
      return `session affinity ClientIP, and ${problem.connections} connections of one client were answered by ${problem.pods.join(', ')}`;
    case 'affinity-seen':
      return `no session affinity, and all ${problem.connections} connections of one client were answered by ${problem.pod}, one of ${problem.of} endpoints`;
    case 'miscounted':
      return `${problem.object} counted ${problem.counted} of ${problem.expected} new connections`;
    case 'counters-reset':
      return `the counters of ${problem.object} began again during the proof`;
    case 'diverted':
      return `${problem.connections} connections were taken by ${problem.by}`;
    case 'answers-disagree':
      return `${problem.counted} connections were led to ${problem.endpoint}, and it answered ${problem.answered}`;
    case 'uneven-share':
      return `${problem.counted} of ${problem.connections} connections came in here, outside of ${problem.low} to ${problem.high} (99.9 % of an even spread)`;
  }
}

const endpointText = ({ pod, address, port }: Endpoint): string => `${pod} (${address}:${port})`;

/** Each problem once. */
export const distinctProblems = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
