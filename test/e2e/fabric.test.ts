import { expect, it } from 'vitest';
import { clusterLayout, podAddresses } from '../../src/cluster/fabric/layout.ts';
import { namespaceHost } from '../../src/cluster/fabric/namespace-host.ts';
import { createPods } from '../../src/cluster/fabric/pods.ts';
import { startProgram } from '../../src/cluster/fabric/program.ts';
import { createSegment } from '../../src/cluster/fabric/segment.ts';
import { exec } from '../../src/process/exec.ts';
import { describeInSandbox } from '../support/in-sandbox.ts';

await describeInSandbox('a cluster of namespaces', import.meta.url, () => {
  it('carries connections between pods of different nodes, from the outside to nodes, and vanishes', async () => {
    const before = await world();
    {
      const cluster = clusterLayout({ id: 'one', workers: 2 });
      await using _segment = await createSegment(cluster);
      const addresses = podAddresses(cluster);
      const server = addresses.take('server', cluster.nodes[1]!);
      const client = addresses.take('client', cluster.nodes[2]!);
      await using _pods = await createPods([server, client]);
      await using _echo = await startProgram(podHost(server), serve('the server'), { ready });
      await using _node = await startProgram(nodeHost(cluster.nodes[0]!), serve('the node'), { ready });

      expect(await ask(podHost(client), server.address)).toBe(`the server saw ${client.address}`);
      const outside = namespaceHost({ ...cluster.outside, namespace: cluster.outside.name, role: 'client' });
      expect(await ask(outside, cluster.nodes[0]!.address)).toBe(`the node saw ${cluster.outside.address}`);
    }
    expect(await world()).toEqual(before);
  });

  it('gives clusters that are alive together the same addresses', async () => {
    const one = clusterLayout({ id: 'one', workers: 1 });
    const two = clusterLayout({ id: 'two', workers: 1 });
    await using _one = await createSegment(one);
    await using _two = await createSegment(two);
    await using _a = await startProgram(nodeHost(one.nodes[1]!), serve('one'), { ready });
    await using _b = await startProgram(nodeHost(two.nodes[1]!), serve('two'), { ready });
    expect(await ask(nodeHost(one.nodes[0]!), one.nodes[1]!.address)).toMatch(/^one saw/);
    expect(await ask(nodeHost(two.nodes[0]!), two.nodes[1]!.address)).toMatch(/^two saw/);
  });

  it('limits the rate of a link', async () => {
    const cluster = clusterLayout({ id: 'slow', workers: 1 });
    await using _segment = await createSegment(cluster, { link: { rateMbit: 100 } });
    const { stdout } = await exec(['tc', '-n', cluster.nodes[1]!.name, 'qdisc', 'show', 'dev', 'eth0']);
    expect(stdout).toMatch(/tbf .*rate 100Mbit/);
  });
});

const world = async () => [(await exec(['ip', '-o', 'link'])).stdout, (await exec(['ip', 'netns'])).stdout];
const podHost = (pod: { name: string; namespace: string; address: string }) => namespaceHost({ ...pod, role: 'client' });
const nodeHost = (node: { name: string; address: string }) => namespaceHost({ ...node, namespace: node.name, role: 'worker' });

const SERVE = `
const [, name] = process.argv;
require('node:http')
  .createServer((request, response) => response.end(name + ' saw ' + request.socket.remoteAddress.replace('::ffff:', '')))
  .listen(8080, () => console.log('ready'));`;
const serve = (name: string) => [process.execPath, '-e', SERVE, name];
const ready = (line: string) => (line === 'ready' ? true : undefined);

const ask = async (from: ReturnType<typeof namespaceHost>, address: string) =>
  (await from.exec([process.execPath, '-e', `fetch('http://${address}:8080').then(async (a) => console.log(await a.text()))`]))
    .stdout;
