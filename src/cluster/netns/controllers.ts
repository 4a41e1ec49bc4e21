import type { IngressObjects } from '../../ingress/model.ts';
import { settingsOf } from '../../ingress/tuning.ts';
import { exec } from '../../process/exec.ts';
import type { ControllerName } from '../contract/topology.ts';
import { controlLinks } from '../fabric/control-links.ts';
import type { PodLayout } from '../fabric/layout.ts';
import { undoSteps } from '../fabric/undo.ts';
import { versionIn } from '../kube/deployed-facts.ts';
import { ECHO, NAMESPACE } from '../kube/manifests/agent.ts';
import { ingressClass, ingressTo } from '../kube/manifests/ingress.ts';
import type { CarrierProcess } from './carriers.ts';
import { type ProxyProcess, proxyProcess } from './ingress-process.ts';
import { versionCommand } from './ingress-program.ts';
import type { ControllerSet } from './placed-pods.ts';
import type { ProxyObjects } from './proxy/service-map.ts';

/** The ingress controllers of a deployment, as they run. */
export interface Controllers extends AsyncDisposable {
  /** Brings all proxies to what the Services and EndpointSlices say, and waits until it is in effect. */
  apply(objects: ProxyObjects): Promise<void>;
  readonly carriers: readonly CarrierProcess[];
  /** What was observed, for facts.json. */
  facts(): Promise<Readonly<Record<string, unknown>>>;
}

/** Makes ready the pods of these sets, which exist; proxies begin with the first objects. */
export async function createControllers(sets: readonly ControllerSet[], signal: AbortSignal): Promise<Controllers> {
  await using undo = undoSteps();
  const pods = sets.flatMap((set) => set.pods.map((pod) => ({ set, pod })));
  const addresses = pods.length > 0 ? await controlLinks(pods.map(({ pod }) => pod)) : [];
  const running: { readonly pod: PodLayout; readonly set: ControllerSet; readonly proxy: ProxyProcess }[] = [];
  undo.add(async () => void (await Promise.all(running.map(({ proxy }) => proxy[Symbol.asyncDispose]()))));
  for (const [index, { set, pod }] of pods.entries()) {
    const { controller, tuning } = set;
    // A signal of its own: all proxies wait at once, and Node.js warns of more than ten listeners on one.
    const own = AbortSignal.any([signal]);
    const proxy = await proxyProcess({ controller, tuning, pod, controlAddress: addresses[index]!, signal: own });
    running.push({ pod, set, proxy });
  }
  const names = [...new Set(sets.map(({ controller }) => controller))];
  return {
    async apply({ services, endpointSlices }) {
      const objects: IngressObjects = {
        ingresses: names.map((name) => ingressTo(NAMESPACE, name, ECHO)),
        classes: names.map((name) => ingressClass(NAMESPACE, name)),
        services,
        endpointSlices,
      };
      await Promise.all(running.map(({ proxy }) => proxy.apply(objects)));
    },
    carriers: running.map(({ pod, set, proxy }) => ({
      component: set.controller,
      node: pod.node.name,
      pid: proxy.pid,
      cpuNs: proxy.cpuNs,
    })),
    facts: async () => {
      const programs = new Map(await Promise.all(names.map(async (name) => [name, await about(name)] as const)));
      const described = running.map(async ({ set, proxy }) => {
        const { proxy: version } = programs.get(set.controller)!;
        return [set.id, { ...ranWith(set, version), workers: await proxy.workers(), problems: proxy.problems() }] as const;
      });
      const controllers = Object.fromEntries(await Promise.all(described));
      return { ...Object.fromEntries(programs), ...(running.length > 0 ? { controllers } : {}) };
    },
    [Symbol.asyncDispose]: undo.keep(),
  };
}

/** How the pods of a set are set; `settings` as the program was told or ships with, `workers` beside it as seen. */
const ranWith = ({ controller, tuning }: ControllerSet, version: string) => ({
  tuning,
  settings: settingsOf(controller, tuning, versionIn(version)),
});

const about = async (controller: ControllerName) => ({
  controller:
    controller === 'traefik'
      ? "traefik's file provider, fed by trafficlab's reference controller: there is no API server"
      : "trafficlab's reference controller, in the process of the run",
  proxy: await version(controller),
});

async function version(controller: ControllerName): Promise<string> {
  const { stdout, stderr } = await exec(await versionCommand(controller), { accept: 'any' });
  const text = stdout || stderr;
  return controller === 'traefik' ? `traefik ${/^Version:\s+(\S+)/m.exec(text)?.[1]}` : text.split('\n')[0]!.trim();
}
