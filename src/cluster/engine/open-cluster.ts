import { allOf } from '../../waiting/in-parallel.ts';
import type { Host } from '../contract/host.ts';
import type { Cluster, ClusterSpec, Facts } from '../contract/provider.ts';
import { kubeClient } from '../kube/client.ts';
import { kubeCluster } from '../kube/cluster.ts';
import { readFacts } from '../kube/facts.ts';
import type { Images } from '../kube/images.ts';
import { NAMESPACE } from '../kube/manifests/agent.ts';
import { performers } from '../kube/perform.ts';
import { podsByExec } from '../kube/pod-host.ts';
import { proveKubeProxyMode } from '../kube/prove-mode.ts';
import { startClientContainer } from './client-container.ts';
import type { Engine } from './engine.ts';
import { imageId } from './image.ts';
import { readSegment } from './network.ts';
import { startRouter } from './router-container.ts';
import { usedNetworks } from './used-networks.ts';

/** A cluster whose nodes are containers of an engine, and what its program (kind, k3d) does in its own way. */
export interface EngineCluster {
  readonly provider: 'kind' | 'k3d';
  readonly engine: Engine;
  readonly images: Images;
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly kubeconfig: string;
  /** The engine's network that its nodes are on. */
  readonly network: string;
  readonly nodeImage: string;
  readonly announcers: NonNullable<Cluster['announcers']>;
  /** Has what nodes and clients may lack: ss, ip, conntrack, nsenter. */
  readonly toolsImage: string;
  nodes(): Promise<Host[]>;
  /** Brings images that the engine has into the nodes that run pods of the workload. */
  loadImages(images: readonly string[], signal: AbortSignal): Promise<void>;
  collectLogs(directory: string): Promise<void>;
  /** What the program adds to what was read of the cluster. */
  factsOf(seen: Facts): Readonly<Record<string, unknown>>;
  /** Deletes the cluster, or leaves it when it is to be kept. */
  dispose(): Promise<void>;
}

/** A running cluster of containers behind the contract of provider.ts, with a client beside its nodes. */
export async function openEngineCluster(made: EngineCluster): Promise<Cluster> {
  const { engine, images, name, spec, network, nodeImage, toolsImage } = made;
  const client = await kubeClient(made.kubeconfig);
  const nodes = await made.nodes();
  const starting = startClientContainer(engine, { cluster: name, network, image: images.client, toolsImage });
  // Both are waited for whatever happens: a container that starts after the cluster was given up would stay.
  const [seen, outside] = await allOf([readFacts(client, nodes, made.provider), starting]);
  return kubeCluster({
    spec,
    platform: {
      client,
      site: { namespace: NAMESPACE },
      nodes,
      outside,
      images,
      addressPool: spec.addressPool,
      askedNetworks: { routerNetwork: spec.routerNetwork, bgpPool: spec.bgpPool },
      hostOf: podsByExec(client, nodes),
      loadImages: (names, signal) =>
        made.loadImages(
          names.map((one) => images[one]),
          signal,
        ),
      segment: () => readSegment(engine, network),
      usedNetworks: () => usedNetworks({ engine, cluster: name, toolsImage, nodes, images: Object.values(images) }),
      startRouter: (signal, behind) => startRouter({ behind, engine, cluster: name, network, images, toolsImage, nodes, signal }),
    },
    facts: {
      ...seen,
      ...made.factsOf(seen),
      engine: `${engine.name} ${engine.version}`,
      nodeImage,
      nodeImageId: await imageId(engine, nodeImage),
      clientImage: images.client,
      clientImageId: await imageId(engine, images.client),
    },
    announcers: made.announcers,
    performers,
    proveMode: () => proveKubeProxyMode(nodes, spec.proxyMode),
    collectLogs: (directory) => made.collectLogs(directory),
    dispose: () => made.dispose(),
  });
}
