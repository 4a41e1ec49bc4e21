import { writeInto } from '../../files/write-file.ts';
import type { ClusterSpec } from '../contract/provider.ts';
import type { Engine } from '../engine/engine.ts';
import { loadImages } from '../engine/load-images.ts';
import type { EngineCluster } from '../engine/open-cluster.ts';
import { metalLb } from '../kube/announcing.ts';
import type { Images } from '../kube/images.ts';
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

const WITHIN = 'k3s runs it in its own process by default';

/** A k3d cluster as all clusters of containers are opened. kube-proxy is part of k3s' process, so there is no pod of it to read or to ask. */
export function k3dCluster(made: Made, signal: AbortSignal): EngineCluster {
  const { k3d, engine, name, images } = made;
  const network = networkName(name);
  return {
    ...made,
    provider: 'k3d',
    announcers: { ...metalLb, servicelb: 'klipper (servicelb)' },
    network,
    nodeImage: images.k3s,
    toolsImage: images.node,
    nodes: () => nodeHosts({ engine, k3d, cluster: name, network, toolsImage: images.node, signal }),
    loadImages: (names, stop) => importImages(made, names, stop),
    collectLogs: (directory) => collectLogs(made, directory),
    factsOf: ({ detected }) => ({
      detected: {
        ...detected,
        kubeProxyReplacement: {
          value: 'none',
          source: 'configuration',
          from: 'k3s runs kube-proxy in its own process by default',
        },
        cni: { value: 'Flannel', source: 'configuration', from: WITHIN },
      },
      kubeProxy: { inside: 'k3s' },
      k3d: k3d.version,
    }),
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
