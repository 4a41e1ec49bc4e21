import { join } from 'node:path';
import { makeFolder } from '../../files/write-file.ts';
import { allOf } from '../../waiting/in-parallel.ts';
import type { Host } from '../contract/host.ts';
import type { Cluster, ClusterSpec } from '../contract/provider.ts';
import { containerAddress, startClientContainer } from '../engine/client-container.ts';
import { containerHost } from '../engine/container-host.ts';
import type { Engine } from '../engine/engine.ts';
import { imageId } from '../engine/image.ts';
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
import type { KindProgram } from './kind-program.ts';
import { loadIntoKind } from './load-image.ts';

export interface Made {
  readonly engine: Engine;
  readonly kind: KindProgram;
  readonly images: Images;
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly nodeImage: string;
  readonly kubeconfig: string;
  /** Deletes the cluster, or leaves it when it is to be kept. */
  readonly dispose: () => Promise<void>;
}

/** A running kind cluster behind the contract of provider.ts. */
export async function openCluster(made: Made): Promise<Cluster> {
  const { engine, kind, name, spec, images } = made;
  const network = process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK ?? 'kind';
  const client = await kubeClient(made.kubeconfig);
  const nodes = await nodeHosts(engine, kind, name, network);
  const starting = startClientContainer(engine, { cluster: name, network, image: images.client, toolsImage: made.nodeImage });
  // Both are waited for whatever happens: a container that starts after the cluster was given up would stay.
  const [facts, outside] = await allOf([readFacts(client, nodes, 'kind'), starting]);
  const workers = nodes.filter(({ role }) => role === 'worker').map((node) => node.name);
  const stage: Stage = {
    client,
    site: { namespace: NAMESPACE },
    nodes,
    outside,
    images,
    addressPool: spec.addressPool,
    askedNetworks: { routerNetwork: spec.routerNetwork, bgpPool: spec.bgpPool },
    inPodNetwork: (pod) => inPodNetwork(nodes, pod),
    loadImages: (names, signal) =>
      loadIntoKind(engine, kind, { cluster: name, images: names.map((one) => images[one]), nodes: workers }, signal),
    segment: () => readSegment(engine, network),
    usedNetworks: () => usedNetworks({ engine, cluster: name, toolsImage: made.nodeImage, nodes, images: Object.values(images) }),
    startRouter: (signal, behind) =>
      startRouter({ behind, engine, cluster: name, network, images, toolsImage: made.nodeImage, nodes, signal }),
  };
  return {
    spec,
    hosts: [...nodes, outside],
    facts: {
      ...facts,
      detected: {
        ...facts.detected,
        kubeProxyReplacement: { value: 'none', source: 'component', from: 'DaemonSet kube-system/kube-proxy is ready' },
      },
      kind: kind.version,
      engine: `${engine.name} ${engine.version}`,
      nodeImage: made.nodeImage,
      nodeImageId: await imageId(engine, made.nodeImage),
      clientImage: images.client,
      clientImageId: await imageId(engine, images.client),
    },
    announcers: metalLb,
    proveMode: () => proveKubeProxyMode(nodes, spec.proxyMode),
    deploy: (workload, topologies, context) => deploy(stage, workload, topologies, context),
    carriers: async () => [],
    async collectLogs(directory) {
      await makeFolder(directory);
      await kind.run(['export', 'logs', join(directory, name), '--name', name], { timeoutMs: 180_000 });
    },
    [Symbol.asyncDispose]: made.dispose,
  };
}

async function nodeHosts(engine: Engine, kind: KindProgram, name: string, network: string): Promise<Host[]> {
  const { stdout } = await kind.run(['get', 'nodes', '--name', name], { timeoutMs: 30_000 });
  const containers = stdout.split('\n').filter(Boolean).sort();
  return Promise.all(
    containers.map(async (container) => {
      const role = container.endsWith('-control-plane') ? 'control-plane' : 'worker';
      return containerHost({ engine, container, role, address: await containerAddress(engine, container, network) });
    }),
  );
}
