import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ClusterSpec } from '../../../src/cluster/contract/provider.ts';
import { kindConfig, readProgress } from '../../../src/cluster/kind/config.ts';

const recorded = (name: string) =>
  readFileSync(new URL(`../../fixtures/kind/${name}`, import.meta.url), 'utf8').split(/\r?\n|\r/);
const spec = (proxyMode: ClusterSpec['proxyMode'], workers = 2): ClusterSpec => ({
  id: proxyMode,
  provider: 'kind',
  workers,
  proxyMode,
});
const config = (...args: Parameters<typeof spec>) => parse(kindConfig(spec(...args), 'kindest/node:v1.34.11@sha256:44e'));

describe('kindConfig', () => {
  test.each(['iptables', 'ipvs', 'nftables', 'none'] as const)('%s is a word that kind knows', (mode) => {
    expect(config(mode)).toMatchObject({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      networking: { kubeProxyMode: mode },
      nodes: [
        { role: 'control-plane', image: 'kindest/node:v1.34.11@sha256:44e' },
        { role: 'worker', image: 'kindest/node:v1.34.11@sha256:44e' },
        { role: 'worker', image: 'kindest/node:v1.34.11@sha256:44e' },
      ],
    });
  });

  test("userspace, which kind refuses, goes in as a patch of kube-proxy's configuration", () => {
    const { networking, kubeadmConfigPatches } = config('userspace');
    expect(networking).toEqual({});
    expect(kubeadmConfigPatches.map((patch: string) => parse(patch))).toEqual([
      { kind: 'KubeProxyConfiguration', mode: 'userspace' },
    ]);
  });

  test('in ipvs mode nodes answer ARP for their own addresses only', () => {
    const { kubeadmConfigPatches } = config('ipvs');
    expect(kubeadmConfigPatches.map((patch: string) => parse(patch))).toEqual([
      { kind: 'KubeProxyConfiguration', ipvs: { strictARP: true } },
    ]);
  });

  test('as many workers as asked for', () => {
    expect(config('iptables', 5).nodes.map(({ role }: { role: string }) => role)).toEqual([
      'control-plane',
      ...Array(5).fill('worker'),
    ]);
  });
});

describe('readProgress', () => {
  const read = (name: string) => recorded(name).flatMap((line) => readProgress(line) ?? []);

  test('steps begin and end, without a terminal', () => {
    const steps = read('create.txt');
    const titles = [
      'Ensuring node image',
      'Preparing nodes',
      'Writing configuration',
      'Starting control-plane',
      'Installing CNI',
    ];
    expect(steps.slice(0, 10).map(({ state, text }) => [state, text])).toEqual(
      titles.flatMap((title) => ['started', 'done'].map((state) => [state, expect.stringMatching(new RegExp(`^${title}[^.]*`))])),
    );
    expect(steps.map(({ text }) => text).filter((text) => text !== text.trim() || text.endsWith('...'))).toEqual([]);
    const done = steps.filter(({ state }) => state === 'done').map(({ text }) => text);
    expect(
      steps.filter(({ state, text }) => state === 'started' && !text.startsWith('Ready after')).map(({ text }) => text),
    ).toEqual(done);
  });

  test('colours and spinners of a terminal are no obstacle', () => {
    const steps = read('create-terminal.txt');
    expect(steps.filter(({ state }) => state === 'done').map(({ text }) => text)).toEqual([
      expect.stringContaining('Ensuring node image (kindest/node:v1.34.4)'),
      expect.stringContaining('Preparing nodes'),
      expect.stringContaining('Writing configuration'),
      expect.stringContaining('Starting control-plane'),
      expect.stringContaining('Installing CNI'),
      expect.stringContaining('Installing StorageClass'),
    ]);
    expect(steps.filter(({ state }) => state === 'failed').map(({ text }) => text)).toEqual([
      expect.stringContaining('Waiting ≤ 1s'),
    ]);
    expect(steps.filter(({ state }) => state === 'warning')).toEqual([
      { state: 'warning', text: expect.stringContaining('WARNING: Timed out waiting for Ready') },
    ]);
  });

  test('a step that fails', () => {
    expect(read('create-fails.txt').at(-1)).toEqual({ state: 'failed', text: expect.stringMatching(/^Preparing nodes/) });
    expect(read('pull-fails.txt').at(-1)).toEqual({ state: 'failed', text: expect.stringMatching(/^Ensuring node image/) });
  });

  test.each([
    'using docker due to KIND_EXPERIMENTAL_PROVIDER',
    'Creating cluster "demo" ...',
    'ERROR: failed to create cluster: invalid kubeProxyMode: userspace',
    'Deleted nodes: ["demo-control-plane"]',
    'Could not read storage manifest, falling back on old k8s.io/host-path default ...',
    '',
  ])('%j is no step', (line) => {
    expect(readProgress(line)).toBeUndefined();
  });
});
