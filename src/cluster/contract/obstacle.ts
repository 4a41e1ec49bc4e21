import { z } from 'zod';
import type { TrafficlabError } from '../../errors.ts';
import { iptablesBackends, proxyModes } from './mode.ts';
import { rightSchema } from './right.ts';

const text = z.string();
const texts = z.array(text).readonly();
const mode = z.enum(proxyModes);

const one = z
  .discriminatedUnion('code', [
    // As an error or a version of trafficlab before 0.2 put it; nothing else is known of it.
    z.object({ code: z.literal('stated'), text, remedy: text.exactOptional() }),
    // This machine and its kernel.
    z.object({ code: z.literal('programs-missing'), programs: texts, packages: texts }),
    z.object({ code: z.literal('traefik-missing'), cache: text }),
    z.object({ code: z.literal('namespaces-closed'), by: z.enum(['kernel', 'debian', 'apparmor']) }),
    z.object({ code: z.literal('namespaces-fail'), said: text }),
    z.object({ code: z.literal('rules-refused'), mode, backend: z.enum(iptablesBackends).exactOptional(), said: text }),
    z.object({ code: z.literal('no-ipvs'), said: text }),
    z.object({ code: z.literal('no-qdisc'), qdisc: text, module: text, said: text }),
    z.object({ code: z.literal('uml-modules-missing'), folder: text }),
    // A container engine.
    z.object({ code: z.literal('engine-kernel-too-old'), mode, kernel: text, since: text }),
    z.object({ code: z.literal('engine-without-ipvs'), kernel: text }),
    z.object({ code: z.literal('image-missing'), image: text, engine: text, setting: text }),
    // What a provider does not do.
    z.object({ code: z.literal('links-not-shaped'), provider: text }),
    z.object({ code: z.literal('no-fillers'), provider: text }),
    z.object({ code: z.literal('no-servicelb'), because: z.enum(['part-of-k3s', 'outside-namespace']) }),
    z.object({ code: z.literal('no-userspace-in-k3s') }),
    z.object({ code: z.literal('event-not-performed') }),
    // A cluster that exists already.
    z.object({ code: z.literal('rights-missing'), context: text, rights: z.array(rightSchema).readonly() }),
    z.object({ code: z.literal('mode-hidden'), rights: z.array(rightSchema).readonly() }),
    z.object({ code: z.literal('mode-unknown'), said: text, right: rightSchema }),
    z.object({ code: z.literal('no-kube-proxy'), from: text }),
    z.object({ code: z.literal('runs-another-mode'), mode }),
    z.object({ code: z.literal('balancer-present'), balancer: z.union([z.object({ name: text }), z.object({ unknown: text })]) }),
    z.object({ code: z.literal('controller-outside-namespace') }),
    z.object({ code: z.literal('host-port-forbidden') }),
    z.object({ code: z.literal('event-not-ours') }),
    z.object({ code: z.literal('no-route'), to: z.enum(['nodes', 'pods', 'services']) }),
    // What a lab asks for.
    z.object({ code: z.literal('mode-not-held'), mode: text, family: text.exactOptional() }),
    z.object({ code: z.literal('no-backend-choice'), mode: text }),
    z.object({ code: z.literal('process-answers'), who: z.enum(['userspace', 'ingress']), newConnections: z.boolean() }),
    z.object({ code: z.literal('modes-apart'), modes: texts }),
    z.object({ code: z.literal('version-not-offered'), asked: text, offered: texts }),
    z.object({ code: z.literal('no-family'), family: text }),
  ])
  .meta({ id: 'oneObstacle' });

/** Why something cannot be had here, as plans and results store it. */
export const obstacleSchema = z
  .discriminatedUnion('code', [one, z.object({ code: z.literal('several'), obstacles: z.array(one).readonly() })])
  .meta({ id: 'obstacle' });

/** Why something cannot be had here; `src/words/obstacle.ts` says it with its remedy. */
export type Obstacle = z.infer<typeof obstacleSchema>;

/** An obstacle that is not several. */
export type OneObstacle = z.infer<typeof one>;

/** Some obstacles as one, each once. */
export function several(obstacles: readonly Obstacle[]): Obstacle {
  const distinct = new Map(obstacles.flatMap(eachOf).map((each) => [JSON.stringify(each), each]));
  const [only, ...others] = distinct.values();
  return only && others.length === 0 ? only : { code: 'several', obstacles: [...distinct.values()] };
}

/** The obstacles in one. */
const eachOf = (obstacle: Obstacle): readonly OneObstacle[] => (obstacle.code === 'several' ? obstacle.obstacles : [obstacle]);

/** The programs that a run gets by itself, where packages can be had (`ClusterProvider.prepare`). */
export const fetchedPrograms = (obstacle: Obstacle): readonly string[] =>
  eachOf(obstacle).flatMap((each) => (each.code === 'programs-missing' ? each.programs : []));

/** What an error says, as an obstacle. */
export const statedBy = ({ message, remedy }: TrafficlabError): Extract<OneObstacle, { code: 'stated' }> => ({
  code: 'stated',
  text: message,
  ...(remedy ? { remedy } : {}),
});
