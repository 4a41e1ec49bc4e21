import { expect, test } from 'vitest';
import type { Engine } from '../../../src/cluster/engine/engine.ts';
import { nodeHost } from '../../../src/cluster/k3d/nodes.ts';

const NODE = 'k3d-x-agent-0';

/** An engine that only writes down what it is asked. */
function listening() {
  const asked: string[][] = [];
  const run: Engine['run'] = async (args) => {
    asked.push([...args]);
    return { exitCode: 0, stdout: '', stderr: '' } as Awaited<ReturnType<Engine['run']>>;
  };
  return { asked, engine: { name: 'docker', run } as unknown as Engine };
}

test.each([
  [['iptables-save', '-t', 'nat'], NODE],
  [['iptables', '--version'], NODE],
  [['nft', 'list', 'table', 'ip', 'kube-proxy'], NODE],
  [['ipset', 'list'], NODE],
  [['curl', '--silent', 'http://127.0.0.1:10249/proxyMode'], `${NODE}-tools`],
  [['ss', '-Hltnp'], `${NODE}-tools`],
  [['conntrack', '-L'], `${NODE}-tools`],
  [['cat', '/proc/net/ip_vs'], `${NODE}-tools`],
  [['nsenter', '--target', '42', '--net', 'ss'], `${NODE}-tools`],
] as const)('%j runs where its program is: in %s', async (argv, container) => {
  const { asked, engine } = listening();
  const node = nodeHost(engine, NODE, 'worker', '172.18.0.3');
  await node.exec(argv);
  await node.inNetwork(argv);
  expect(asked).toEqual([1, 2].map(() => ['exec', '-i', container, ...argv]));
});
