import { afterFailure, firstError, InterruptedError, UnavailableError } from '../../errors.ts';
import type { ProviderOptions } from '../contract/options.ts';
import type { ClusterProvider, ClusterSpec } from '../contract/provider.ts';
import { imagesFor } from '../kube/images.ts';
import type { Site } from '../kube/manifests/site.ts';
import { openCluster } from './cluster.ts';
import { type Access, openContext } from './context.ts';
import { inspectContext } from './inspect.ts';
import { deleteNamespace, namespaceName, runNamespace } from './namespace.ts';
import { chooseNodes, closedNode, type UsableNode, usableNodes } from './nodes.ts';
import { openNodes } from './open-nodes.ts';
import { lookOutside } from './reach.ts';
import { type Survey, survey } from './survey.ts';
import { sweepContext } from './sweep.ts';

/**
 * A cluster that exists, entered by a context that was named. All of a run is in a namespace of its own, which goes at the end; mode and
 * nodes are as somebody else made them.
 */
export function kubeconfigProvider(options: ProviderOptions = {}): ClusterProvider {
  const images = imagesFor(undefined, options.image ?? [], process.env.TRAFFICLAB_IMAGES);
  // Opened once: an exec plugin may ask a cloud each time.
  let opened: Promise<Access> | undefined;
  const open = (): Promise<Access> => {
    opened ??= openContext(options).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    name: 'kubeconfig',
    byNameOnly: true,
    keeps: true,
    inspect: () => inspectContext(open, options),
    async preflight(specs) {
      const { client } = await open();
      const usable = usableNodes((await client.core.listNode()).items);
      for (const spec of specs) nodesFor(spec, usable);
    },
    async create(spec, context) {
      if (context.reuse)
        throw new UnavailableError('a kept namespace cannot be reused', {
          remedy: 'omit --reuse; a new namespace takes a second',
        });
      const unbound = await open();
      const access = unbound.until(context.signal);
      const namespace = namespaceName();
      const surveyed = await survey(access, namespace);
      const nodes = nodesFor(spec, surveyed.usable);
      refuseOtherMode(spec, surveyed);
      const site = siteOf(namespace, nodes);
      const outside = await lookOutside(access, nodes, surveyed.pods);
      const dispose = () => (context.keep ? Promise.resolve() : deleteNamespace(unbound, namespace));
      try {
        const hosts = await context.phase(`create ${spec.id}`, () =>
          context.progress.step(`${access.context}: namespace ${namespace} for ${spec.id} (${nodes.length} nodes)`, async () => {
            await access.client.apply(runNamespace(namespace, options.allowClusterScope ? 'privileged' : 'restricted'));
            return options.allowClusterScope
              ? openNodes(access, site, nodes, images['node-tools'], context.signal)
              : nodes.map((node) => closedNode(node, 'cluster-scope-not-allowed'));
          }),
        );
        if (context.signal.aborted) throw new InterruptedError('stopped while creating the namespace');
        return await openCluster({
          access,
          unbound: unbound.client,
          spec,
          survey: surveyed,
          images,
          site,
          nodes: hosts,
          outside,
          dispose,
        });
      } catch (error) {
        throw await afterFailure(firstError(error), dispose);
      }
    },
    sweep: () => sweepContext(open, options),
  };
}

const siteOf = (namespace: string, nodes: readonly UsableNode[]): Site => ({
  namespace,
  made: true,
  hostnames: { clients: nodes.map(({ hostname }) => hostname), workers: nodes.slice(1).map(({ hostname }) => hostname) },
});

/** @throws UnavailableError where the cluster has fewer nodes than the lab asks for. */
function nodesFor({ workers }: ClusterSpec, usable: readonly UsableNode[]): readonly UsableNode[] {
  const chosen = chooseNodes(usable, workers);
  if (chosen) return chosen;
  const most = usable.length - 1;
  throw new UnavailableError(
    `the lab needs ${workers} ${workers === 1 ? 'worker' : 'workers'} and one more node for the client, and ${usable.length} ${usable.length === 1 ? 'node is' : 'nodes are'} usable`,
    { remedy: most > 0 ? `use fewer: --workers ${most}` : 'use a cluster of two nodes or more' },
  );
}

/** The mode may have been another one when the plan was made. */
function refuseOtherMode({ proxyMode }: ClusterSpec, { found }: Survey): void {
  const { mode } = found;
  if ('value' in mode && mode.value === proxyMode) return;
  const seen = 'value' in mode ? `its mode is ${mode.value} (${mode.from})` : `its mode is unknown: ${mode.unknown}`;
  throw new UnavailableError(`this cluster does not run ${proxyMode}: ${seen}`, {
    remedy: "run a lab of that mode; trafficlab does not change a cluster's mode",
  });
}
