import type { CoreV1Event, V1Ingress } from '@kubernetes/client-node';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { type ApiServer, ApiServerError, ask } from './api-server.ts';
import { ingressName } from './classes.ts';
import { type Fault, faultSentence, type IngressProblem } from './problems.ts';

/** Not for an Event: whose Ingress it is, and what comes and goes with pods. */
const SILENT: readonly Fault['kind'][] = ['other-class', 'no-endpoints'];
const CONFLICT = 409;
const ANSWER_MS = 10_000;

/**
 * Makes an Event on the Ingress of each problem, which `kubectl describe ingress` shows. One problem makes one Event, however often it is told
 * and by however many pods: its name is made of it.
 * @param component as in "trafficlab.dev/nginx". @returns what the loop calls; it throws where the API server does not take one.
 */
export function eventReporter(server: ApiServer, component: string, signal: AbortSignal) {
  const made = new Set<string>();
  return async (problems: readonly IngressProblem[], ingresses: readonly V1Ingress[]): Promise<void> => {
    for (const problem of problems) {
      const ingress = ingresses.find((one) => ingressName(one) === problem.ingress);
      if (!ingress || SILENT.includes(problem.kind)) continue;
      const event = eventOf(problem, ingress, component, new Date());
      const name = event.metadata.name!;
      if (made.has(name)) continue;
      const path = `/api/v1/namespaces/${event.metadata.namespace}/events`;
      await ask(server, path, { signal, silentMs: ANSWER_MS, create: event }).then(
        (response) => response.resume(),
        (error: unknown) => {
          if (!(error instanceof ApiServerError && error.status === CONFLICT)) throw error;
        },
      );
      made.add(name);
    }
  };
}

/** In Kubernetes' limits: a name of 253 characters, a message of 1,024. */
const NAME = 230;
const MESSAGE = 1_024;
const HASH = 16;

export function eventOf(problem: IngressProblem, { metadata }: V1Ingress, component: string, at: Date): CoreV1Event {
  const { name = '', namespace = 'default', uid } = metadata ?? {};
  const hash = bytesToHex(sha256(utf8ToBytes(JSON.stringify([uid, component, problem])))).slice(0, HASH);
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z') as unknown as Date; // as the API has it
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, NAME).replace(/[^a-z0-9]+$/, '')}.${hash}`, namespace },
    involvedObject: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      name,
      namespace,
      ...(uid === undefined ? {} : { uid }),
    },
    type: 'Warning',
    reason: problem.kind.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    message: faultSentence(problem).slice(0, MESSAGE),
    source: { component },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
