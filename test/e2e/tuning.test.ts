import { constants } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Deployment, Target } from '../../src/cluster/contract/deployment.ts';
import type { Cluster, RunContext } from '../../src/cluster/contract/provider.ts';
import {
  type ControllerName,
  controllerId,
  controllers,
  type IngressTopology,
  tunings,
} from '../../src/cluster/contract/topology.ts';
import { findTraefik } from '../../src/cluster/netns/find-traefik.ts';
import { netnsProvider } from '../../src/cluster/netns/provider.ts';
import type { ProxySettings } from '../../src/ingress/tuning.ts';
import { exec } from '../../src/process/exec.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import type { Echo } from '../../src/workload/echo.ts';
import { describeInSandbox } from '../support/in-sandbox.ts';
import { prepareWaysIn } from '../support/prepare-ways-in.ts';

const REQUESTS = 40;
/** Asks one after another, over one connection or over a new one each, and prints who answered. */
const ASK = `
const { Agent, get } = require('node:http');
const [, url, count, kept] = process.argv;
const agent = kept === 'kept' ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
const ask = () => new Promise((resolve, reject) => {
  get(url, { agent }, (response) => {
    let body = '';
    response.on('data', (part) => { body += part; });
    response.on('end', () => resolve(JSON.parse(body)));
  }).on('error', reject);
});
(async () => {
  const seen = [];
  for (let index = 0; index < Number(count); index++) seen.push(await ask());
  process.stdout.write(JSON.stringify(seen));
  process.exit();
})();`;

/** What is expected of the programs that the tests were written with; `cores` is this machine's. */
const cores = availableParallelism();
const shipped: Readonly<Record<ControllerName, { workers: number; kept: number; fresh: number }>> = {
  nginx: { workers: 1, kept: 0, fresh: 0 }, // before 1.29.7
  haproxy: { workers: cores, kept: 1, fresh: 0 }, // http-reuse safe: a first request has a connection of its own
  traefik: { workers: cores, kept: 1, fresh: 1 },
};

const topologies: IngressTopology[] = controllers
  .flatMap((controller) => tunings.map((tuning) => ({ controller, tuning })))
  .map((one) => ({ entry: 'ingress', placement: 'daemonset', exposure: { entry: 'host-port' }, ...one }));
const withTraefik = (await findTraefik()) !== undefined;

await prepareWaysIn(netnsProvider());
await describeInSandbox('tunings, on namespaces', import.meta.url, () => {
  let cluster: Cluster;
  let deployment: Deployment;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trafficlab-tuning-'));
    const context: RunContext = {
      directory,
      signal: new AbortController().signal,
      progress: silentProgress,
      keep: false,
      reuse: false,
      phase: (_name, work) => work(),
    };
    cluster = await netnsProvider().create({ id: 'tuning', provider: 'netns', workers: 1, proxyMode: 'nftables' }, context);
    const offered = topologies.filter(({ controller }) => withTraefik || controller !== 'traefik');
    deployment = await cluster.deploy({ replicas: 2 }, offered, context);
  }, 120_000);
  afterAll(async () => {
    await deployment?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  const target = (topology: IngressTopology): Target => deployment.targets.find((one) => one.topology === topology)!;
  const facts = (topology: IngressTopology) =>
    (deployment.facts.controllers as Record<string, { tuning: string; workers: number; settings: ProxySettings }>)[
      controllerId(topology)
    ]!;
  /** Share of requests that came to the backend over a connection used before, without the first of each backend. */
  const reused = async (topology: IngressTopology, how: 'kept' | 'fresh'): Promise<number> => {
    const { from, url } = target(topology);
    const { stdout } = await from[0].exec([process.execPath, '-e', ASK, url, String(REQUESTS), how]);
    const echoes = JSON.parse(stdout) as Echo[];
    expect(new Set(echoes.map(({ pod }) => pod)).size).toBe(2);
    return echoes.slice(4).filter(({ requestOfConnection = 1 }) => requestOfConnection > 1).length / (REQUESTS - 4);
  };

  it.for(topologies.filter(({ tuning }) => tuning === 'fair'))(
    'cases 5.5: $controller, fair: one worker, no access log, and connections to the backends are used again by every request',
    async (topology, { skip }) => {
      if (topology.controller === 'traefik' && !withTraefik) skip('there is no traefik here');
      expect(facts(topology)).toMatchObject({ tuning: 'fair', workers: 1, settings: { workers: 1, accessLog: 'off' } });
      expect(await reused(topology, 'kept')).toBe(1);
      expect(await reused(topology, 'fresh')).toBe(1);
      expect(await logsOf(topology)).toEqual([]);
    },
  );

  it.for(topologies.filter(({ tuning }) => tuning === 'defaults'))(
    'cases 5.5: $controller, defaults: as it ships',
    async (topology, { skip }) => {
      if (topology.controller === 'traefik' && !withTraefik) skip('there is no traefik here');
      const { settings, workers, tuning } = facts(topology);
      const expected = shipped[topology.controller];
      expect({ tuning, workers }).toEqual({ tuning: 'defaults', workers: expected.workers });
      const keeps = topology.controller === 'nginx' && settings.upstreamIdleConnections !== 0;
      expect(await reused(topology, 'kept')).toBe(keeps ? 1 : expected.kept);
      expect(await reused(topology, 'fresh')).toBe(keeps ? 1 : expected.fresh);
      expect(await logsOf(topology)).toEqual(topology.controller === 'nginx' ? ['/dev/null'] : []);
    },
  );

  /** Files that the proxy of the worker has open as logs, beside its standard streams. */
  async function logsOf(topology: IngressTopology): Promise<string[]> {
    const [pod] = target(topology).controller!.pods;
    const { stdout: namespaces } = await exec(['ip', '-o', 'netns', 'list']);
    const names = namespaces.split('\n').flatMap((line) => line.split(' ')[0] || []);
    for (const name of names) {
      const { stdout: addresses } = await exec(['ip', '-n', name, '-o', '-4', 'address'], { accept: 'any' });
      if (!addresses.includes(` ${pod!.address}/`)) continue;
      const { stdout } = await exec(['ip', 'netns', 'pids', name]);
      const pids = stdout.split('\n').filter(Boolean);
      const open = await Promise.all(pids.map(openFiles));
      return [...new Set(open.flat())];
    }
    throw new Error(`no namespace has the address ${pod!.address}`);
  }
});

/** What is open to be added to at its end, as logs are (proc(5), fdinfo: flags in octal). */
async function openFiles(pid: string): Promise<string[]> {
  const numbers = (await readdir(`/proc/${pid}/fd`)).filter((fd) => Number(fd) > 2);
  const links = numbers.map(async (fd) => {
    const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '');
    const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(info)?.[1] ?? '0', 8);
    return flags & constants.O_APPEND ? [await readlink(`/proc/${pid}/fd/${fd}`)] : [];
  });
  return (await Promise.all(links)).flat().filter((link) => link.startsWith('/'));
}
