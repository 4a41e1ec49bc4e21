import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec } from '../../../src/process/exec.ts';

const script = fileURLToPath(new URL('../../../scripts/ci-cluster.mjs', import.meta.url));
const kubectl = [
  'docker',
  'exec',
  '--interactive',
  'mine-control-plane',
  'kubectl',
  '--kubeconfig',
  '/etc/kubernetes/admin.conf',
];

/** A cluster that somebody else made, and its administrator. */
export interface ExistingCluster extends AsyncDisposable {
  /** The administrator's, context "kind-mine". */
  readonly admin: string;
  /** Of a service account with the documented rights, context "mine". */
  readonly kubeconfig: string;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** All that the cluster holds, but for events, leases and what it writes about itself all the time. */
  objects(): Promise<readonly string[]>;
}

/** The cluster of scripts/ci-cluster.mjs: the one that lies in the folder TRAFFICLAB_CI_CLUSTER already, else one of its own. */
export async function existingCluster(): Promise<ExistingCluster> {
  const there = process.env.TRAFFICLAB_CI_CLUSTER;
  const folder = there ?? (await mkdtemp(join(tmpdir(), 'trafficlab-existing-')));
  if (!there) await exec([process.execPath, script, 'up', folder], { timeoutMs: 600_000 });
  const asked = async (args: readonly string[], input = '') =>
    (await exec([...kubectl, ...args], { input, timeoutMs: 60_000 })).stdout;
  return {
    admin: join(folder, 'admin'),
    kubeconfig: join(folder, 'kubeconfig'),
    kubectl: asked,
    objects: async () => {
      const resources = (await asked(['api-resources', '--verbs=list', '--output=name'])).split('\n');
      const listed = resources.filter((name) => !/^(events|leases)\b|^componentstatuses$/.test(name));
      const { items } = JSON.parse(await asked(['get', listed.join(), '--all-namespaces', '--output=json']));
      return (items as Listed[]).map(lasting).sort();
    },
    [Symbol.asyncDispose]: async () => {
      if (there) return;
      await exec([process.execPath, script, 'down', folder], { timeoutMs: 120_000 });
      await rm(folder, { recursive: true });
    },
  };
}

interface Listed {
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

function lasting({ kind, metadata, ...rest }: Listed): string {
  const { resourceVersion: _version, managedFields: _fields, ...kept } = metadata;
  return JSON.stringify({ kind, metadata: kept, ...rest, status: undefined });
}
