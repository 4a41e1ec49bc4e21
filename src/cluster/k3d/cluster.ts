import { writeInto } from '../../files/write-file.ts';
import type { Cluster, ClusterSpec } from '../contract/provider.ts';
import { startClientContainer } from '../engine/client-container.ts';
import type { Engine } from '../engine/engine.ts';
import { imageId } from '../engine/image.ts';
import { loadImages } from '../engine/load-images.ts';
import { readSegment } from '../engine/network.ts';
import { startRouter } from '../engine/router-container.ts';
import { usedNetworks } from '../engine/used-networks.ts';
import { metalLb } from '../kube/announcing.ts';
import { kubeClient } from '../kube/client.ts';
import { deploy } from '../kube/deploy.ts';
import { readFacts } from '../kube/facts.ts';
import type { Images } from '../kube/images.ts';
import { inPodNetwork } from '../kube/in-pod-network.ts';
import { NAMESPACE } from '../kube/manifests/agent.ts';
import { proveKubeProxyMode } from '../kube/prove-mode.ts';
import type { Stage } from '../kube/stage.ts';
import { k3sCarriers } from './carriers.ts';
import type { K3dProgram } from './k3d-program.ts';
import { listNodes, nodeHosts } from './nodes.ts';

export interface Made {
  readonly engine: Engine;
  readonly k3d: K3dProgram;
  readonly images: Images;
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly kubeconfig: string;
  /** Deletes the cluster, or leaves it when it is to be kept. */
  readonly dispose: () => Promise<void>;
}

/** The network that k3d makes for a cluster. */
export const networkName = (cluster: string): string => `k3d-${cluster}`;

/** A running k3d cluster behind the contract of provider.ts. kube-proxy is part of k3s' process, so there is no pod of it to read or to ask. */
export async function openCluster(made: Made, signal: AbortSignal): Promise<Cluster> {
  const { engine, k3d, name, spec, images } = made;
  const network = networkName(name);
  const client = await kubeClient(made.kubeconfig);
  const nodes = await nodeHosts({ engine, k3d, cluster: name, network, toolsImage: images.node, signal });
  const outside = await startClientContainer(engine, { cluster: name, network, image: images.client, toolsImage: images.node });
  const facts = await readFacts(client, nodes, 'k3d');
  const carriers = k3sCarriers(nodes);
  carriers.catch(() => {}); // told by whoever asks for them
  const stage: Stage = {
    client,
    site: { namespace: NAMESPACE },
    nodes,
    outside,
    images,
    addressPool: spec.addressPool,
    askedNetworks: { routerNetwork: spec.routerNetwork, bgpPool: spec.bgpPool },
    inPodNetwork: (pod) => inPodNetwork(nodes, pod),
    loadImages: (names, stop) =>
      importImages(
        made,
        names.map((one) => images[one]),
        stop,
      ),
    segment: () => readSegment(engine, network),
    usedNetworks: () => usedNetworks({ engine, cluster: name, toolsImage: images.node, nodes, images: Object.values(images) }),
    startRouter: (stop, behind) =>
      startRouter({ behind, engine, cluster: name, network, images, toolsImage: images.node, nodes, signal: stop }),
  };
  return {
    spec,
    hosts: [...nodes, outside],
    facts: {
      ...facts,
      detected: {
        ...facts.detected,
        kubeProxyReplacement: {
          value: 'none',
          source: 'configuration',
          from: 'k3s runs kube-proxy within itself unless it is told not to',
        },
        cni: { value: 'Flannel', source: 'configuration', from: 'k3s runs it within itself unless it is told not to' },
      },
      kubeProxy: { inside: 'k3s' },
      k3d: k3d.version,
      engine: `${engine.name} ${engine.version}`,
      nodeImage: images.k3s,
      nodeImageId: await imageId(engine, images.k3s),
      clientImage: images.client,
      clientImageId: await imageId(engine, images.client),
    },
    announcers: { ...metalLb, servicelb: 'klipper (servicelb)' },
    proveMode: () => proveKubeProxyMode(nodes, spec.proxyMode),
    deploy: (workload, topologies, context) => deploy(stage, workload, topologies, context),
    carriers: () => carriers,
    collectLogs: (directory) => collectLogs(made, directory),
    [Symbol.asyncDispose]: made.dispose,
  };
}

/** Brings images that the engine has into all nodes; k3d's default way would need a container of tools and its volume. */
export async function importImages({ engine, k3d, name }: Made, images: readonly string[], signal: AbortSignal): Promise<void> {
  const nodes = (await listNodes(k3d, name)).map((node) => node.name);
  await loadImages(engine, {
    images,
    nodes,
    load: async (missing) => {
      await k3d.run(['image', 'import', ...missing, '--cluster', name, '--mode', 'direct'], { timeoutMs: 300_000, signal });
    },
  });
}

/** What k3s wrote on each node, kube-proxy and kubelet among it. */
export async function collectLogs({ engine, k3d, name }: Made, directory: string): Promise<void> {
  for (const node of await listNodes(k3d, name)) {
    const { stdout, stderr } = await engine.run(['logs', node.name], { accept: 'any', timeoutMs: 60_000 });
    await writeInto(directory, `${node.name}.log`, `${stdout}\n${stderr}\n`);
  }
}
