import type { Host } from '../../src/cluster/contract/host.ts';
import { waitFor } from '../../src/waiting/wait.ts';

const KUBECTL = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf'];

export interface Balanced {
  readonly namespace: string;
  readonly name: string;
  /** As the Service's status tells kube-proxy (KEP-1860); k3s tells none, which stands for VIP. */
  readonly ipMode?: 'VIP' | 'Proxy';
}

/**
 * Plays k3s' servicelb for one Service of a cluster without it (k3s, pkg/cloudprovider/servicelb.go): a DaemonSet in kube-system whose pods
 * hold the Service's port on their nodes and hand on to its ClusterIP, and a status with the addresses of these nodes. klipper's pods do it by
 * DNAT and these, of the echo pods' image, by copying; from outside of the pod that is the same. Disposing deletes the DaemonSet.
 */
export async function playServicelb(controlPlane: Host, { namespace, name, ipMode }: Balanced): Promise<AsyncDisposable> {
  const kubectl = async (...args: readonly string[]) => {
    const { stdout } = await controlPlane.exec([...KUBECTL, ...args]);
    return stdout;
  };
  const read = async (...args: readonly string[]) => JSON.parse(await kubectl('get', '--output=json', ...args));
  const wait = { deadlineMs: 60_000, intervalMs: 300 };
  const { metadata, spec } = await waitFor(`Service ${name}`, wait, async () => {
    const { items } = await read('services', `--namespace=${namespace}`, `--field-selector=metadata.name=${name}`);
    return items[0] ? { value: items[0] } : { seen: 'there is none' };
  });
  const { spec: echo } = await read('deployment', `--namespace=${namespace}`, 'echo');
  const app = `svclb-${name}-${metadata.uid.slice(0, 8)}`;
  const { port } = spec.ports[0];
  const labels = { 'svccontroller.k3s.cattle.io/svcname': name, 'svccontroller.k3s.cattle.io/svcnamespace': namespace };
  const copy = `require('node:net').createServer((from) => {
    const to = require('node:net').connect(${port}, '${spec.clusterIP}');
    from.pipe(to).pipe(from);
    for (const one of [from, to]) one.on('error', () => { from.destroy(); to.destroy(); });
  }).listen(${port})`;
  const set = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: app, namespace: 'kube-system', labels },
    spec: {
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { ...labels, app } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: `lb-tcp-${port}`,
              image: echo.template.spec.containers[0].image,
              imagePullPolicy: 'IfNotPresent',
              command: ['node', '-e', copy],
              ports: [{ containerPort: port, hostPort: port, protocol: 'TCP' }],
            },
          ],
        },
      },
    },
  };
  await controlPlane.exec([...KUBECTL, 'apply', '--filename=-'], { input: JSON.stringify(set) });
  const nodes = await waitFor(`the pods of ${app}`, wait, async () => {
    const { items } = await read('pods', '--namespace=kube-system', `--selector=app=${app}`);
    const ready = items.filter(
      (pod: { status: { containerStatuses?: { ready: boolean }[] } }) => pod.status.containerStatuses?.[0]?.ready,
    );
    return ready.length > 0 && ready.length === items.length
      ? { value: ready.map((pod: { status: { hostIP: string } }) => pod.status.hostIP) as string[] }
      : { seen: `${ready.length} of ${items.length} ready` };
  });
  const ingress = nodes.sort().map((ip) => ({ ip, ...(ipMode ? { ipMode } : {}) }));
  const patch = JSON.stringify({ status: { loadBalancer: { ingress } } });
  await kubectl('patch', 'service', name, `--namespace=${namespace}`, '--subresource=status', '--type=merge', `--patch=${patch}`);
  return {
    [Symbol.asyncDispose]: async () => {
      await kubectl('delete', 'daemonset', app, '--namespace=kube-system', '--cascade=foreground', '--wait');
    },
  };
}
