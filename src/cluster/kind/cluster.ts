import { join } from 'node:path';
import { makeFolder } from '../../files/write-file.ts';
import type { Host } from '../contract/host.ts';
import type { ClusterSpec } from '../contract/provider.ts';
import { containerAddress } from '../engine/client-container.ts';
import { containerHost } from '../engine/container-host.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineCluster } from '../engine/open-cluster.ts';
import { metalLb } from '../kube/announcing.ts';
import type { Images } from '../kube/images.ts';
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

/** A kind cluster as all clusters of containers are opened. */
export function kindCluster({ kind, ...made }: Made): EngineCluster {
  const { engine, name, nodeImage } = made;
  const network = process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK ?? 'kind';
  return {
    ...made,
    provider: 'kind',
    announcers: metalLb,
    network,
    toolsImage: nodeImage,
    nodes: async () => nodeHosts(engine, await nodeNames(kind, name), network),
    async loadImages(images, signal) {
      const nodes = (await nodeNames(kind, name)).filter((node) => roleOf(node) === 'worker');
      await loadIntoKind(engine, kind, { cluster: name, images, nodes }, signal);
    },
    async collectLogs(directory) {
      await makeFolder(directory);
      await kind.run(['export', 'logs', join(directory, name), '--name', name], { timeoutMs: 180_000 });
    },
    factsOf: ({ detected }) => ({
      detected: {
        ...detected,
        kubeProxyReplacement: { value: 'none', source: 'component', from: 'DaemonSet kube-system/kube-proxy is ready' },
      },
      kind: kind.version,
    }),
  };
}

/** The containers of a cluster's nodes. */
export async function nodeNames(kind: KindProgram, cluster: string): Promise<string[]> {
  const { stdout } = await kind.run(['get', 'nodes', '--name', cluster], { timeoutMs: 30_000 });
  return stdout.split('\n').filter(Boolean).sort();
}

const roleOf = (container: string): 'control-plane' | 'worker' =>
  container.endsWith('-control-plane') ? 'control-plane' : 'worker';

const nodeHosts = (engine: Engine, containers: readonly string[], network: string): Promise<Host[]> =>
  Promise.all(
    containers.map(async (container) =>
      containerHost({
        engine,
        container,
        role: roleOf(container),
        address: await containerAddress(engine, container, network),
      }),
    ),
  );
