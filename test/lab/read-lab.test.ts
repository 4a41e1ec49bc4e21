import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LabFileError, UsageError } from '../../src/errors.ts';
import { listLabs, loadLab, parseLab } from '../../src/lab/read-lab.ts';

const fixtures = fileURLToPath(new URL('../fixtures/labs', import.meta.url));
const problemsOf = async (name: string) => {
  const error = await loadLab(name, { labsDirectory: fixtures }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LabFileError);
  return (error as LabFileError).message.split('\n').map((line) => line.replace(`test/fixtures/labs/${name}.yaml`, 'x.yaml'));
};

describe('the labs that come with trafficlab', () => {
  it('are all read without a mistake', async () => {
    const labs = await listLabs();
    expect(labs.map((lab) => ('error' in lab ? lab.error.message : lab.name))).toEqual(
      expect.arrayContaining(['userspace', 'iptables', 'ipvs', 'nftables', 'proxy-modes', 'smoke', 'service-scale']),
    );
    expect(labs.filter((lab) => 'error' in lab)).toEqual([]);
  });

  it('are found by name, with defaults filled in', async () => {
    const lab = await loadLab('nftables');
    expect(lab).toMatchObject({ name: 'nftables', proxyModes: ['nftables'], reference: 'iptables', cluster: { workers: 2 } });
    expect(lab.targets[0]).toEqual({ entry: 'pod', from: 'pod', trafficPolicy: 'cluster' });
  });
});

describe('a lab file with mistakes', () => {
  it('tells all five of them at once, each at its line and column with what is allowed', async () => {
    expect(await problemsOf('five-mistakes')).toEqual([
      'x.yaml:2:24: proxyModes[1] is "ipvz", did you mean ipvs? allowed: userspace, iptables, iptables-legacy, iptables-nft, ipvs, nftables',
      'x.yaml:4:3: unknown key worker, did you mean workers? allowed: workers, kubernetes, link, addressPool, routerNetwork, bgpPool',
      'x.yaml:5:15: cluster.kubernetes is the number 1.34; write it in quotes, allowed: for example 1.34, v1.34.2',
      'x.yaml:8:5: announce is only for load-balancer',
      'x.yaml:11:16: load.connections is 0, allowed: 1 to 1000',
    ]);
  });

  it('tells the rules that span fields', async () => {
    expect(await problemsOf('broken-rules')).toEqual([
      'x.yaml:2:24: iptables-nft is already part of iptables, which runs with every available backend',
      'x.yaml:3:1: positions need services: a single Service is neither first nor last',
      'x.yaml:6:14: 3 processes exceed the 2 replicas, allowed: 1 to 2',
      'x.yaml:9:5: trafficPolicy is only for node-port and load-balancer',
      'x.yaml:11:5: duplicate: node-port, from pod, trafficPolicy cluster',
    ]);
  });

  it('tells a key that is there twice beside what else is wrong', async () => {
    expect(await problemsOf('duplicate-key')).toEqual(['x.yaml:3:1: Map keys must be unique', 'x.yaml:5:10: targets is empty']);
  });

  it('tells YAML that cannot be read by its position, and nothing about fields it cannot see', async () => {
    const problems = await problemsOf('syntax');
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/^x\.yaml:\d+:\d+: \S/);
    expect(problems.join('\n')).not.toContain('missing');
  });

  it('tells what an empty file and one that is no map lack', async () => {
    expect(await problemsOf('empty')).toEqual([
      expect.stringMatching(/^x\.yaml:1:1: the lab is empty, allowed: question, proxyModes/),
    ]);
    expect(() => parseLab('- a\n', 'x.yaml')).toThrow(/^x\.yaml:1:1: the lab is a list; expected a map/);
    expect(() => parseLab('blocks: 6\n', 'x.yaml')).toThrow(
      [
        'x.yaml:1:1: question is missing',
        'x.yaml:1:1: proxyModes is missing, allowed: userspace, iptables, iptables-legacy, iptables-nft, ipvs, nftables',
        'x.yaml:1:1: targets is missing',
      ].join('\n'),
    );
  });

  it('tells an alias without its anchor', async () => {
    expect(await problemsOf('anchors')).toEqual([expect.stringContaining('Unresolved alias')]);
  });

  it.each([
    ['proxyModes: [userspace]\nseries: [first-packet]', /:2:10: in userspace mode a process accepts the connection/],
    ['proxyModes: [ipvs]\nreference: ipvs', /:2:12: ipvs is the only mode of the lab/],
    ['proxyModes: [iptables-nft]\nreference: iptables', /:2:12: iptables-nft is itself iptables.*, allowed: iptables-legacy/],
    ['proxyModes: [ipvs, ipvs]', /:1:20: duplicate: ipvs/],
    ['proxyModes: [ipvs]\nequivalence: 0', /:2:14: equivalence is 0, allowed: more than 0, up to 50/],
    ['proxyModes: [ipvs]\nload: { duration: long }', /:2:19: load\.duration is "long"; expected a number, allowed: 0\.05 to 600/],
    ['proxyModes: [ipvs]\ncluster:', /:2:9: cluster is empty, allowed: workers, kubernetes, link/],
    ['proxyModes: [ipvs]\ncluster: !big {}', /:2:10: Unresolved tag: !big/],
  ])('refuses %j', (text, message) => {
    expect(() => parseLab(`${text}\nquestion: What?\ntargets: [{ entry: cluster-ip }]\n`, 'x.yaml')).toThrow(message);
  });
});

describe('a lab that is not there', () => {
  it('suggests the nearest name', async () => {
    await expect(loadLab('iptabels')).rejects.toThrow(UsageError);
    await expect(loadLab('iptabels')).rejects.toThrow('no such lab: iptabels; the nearest is iptables');
    await expect(loadLab('proxy-mode')).rejects.toThrow('the nearest is proxy-modes');
  });

  it('suggests nothing where nothing is near, and lists what there is', async () => {
    const error = await loadLab('xyzzyxyzzy').catch((reason: UsageError) => reason);
    expect(error).toMatchObject({ message: 'no such lab: xyzzyxyzzy', remedy: expect.stringContaining('proxy-modes') });
  });

  it('names the path of a file that cannot be read', async () => {
    await expect(loadLab('./nowhere.yaml')).rejects.toThrow(UsageError);
    await expect(loadLab('./nowhere.yaml')).rejects.toThrow('./nowhere.yaml cannot be read');
  });
});

it('reads a file of the user by its path', async () => {
  expect(await loadLab(`${fixtures}/good.yaml`)).toMatchObject({ name: 'good', proxyModes: ['ipvs', 'nftables'] });
});

it('lists labs with mistakes beside sound ones', async () => {
  const labs = await listLabs(fixtures);
  expect(labs.map(({ name }) => name)).toEqual([...labs.map(({ name }) => name)].sort());
  expect(labs.flatMap((listed) => ('lab' in listed ? [listed.name] : []))).toEqual(['good']);
});
