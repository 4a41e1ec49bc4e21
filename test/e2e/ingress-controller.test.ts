import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { homedir, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, DiscoveryV1Api, KubeConfig, NetworkingV1Api, type V1Ingress } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentFile } from '../../src/agent/agent-file.ts';
import { type ControllerName, controllers } from '../../src/cluster/contract/topology.ts';
import { type ProxyName, proxyCommand, proxyNames } from '../../src/ingress/proxy.ts';
import { waitFor } from '../../src/waiting/wait.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { asking } from '../ingress/asking.ts';
import {
  conformanceServices,
  conformanceSets,
  conformanceTable,
  type Outcome,
  runConformance,
  servicesOf,
  traefikDeviates,
} from '../ingress/conformance.ts';
import { ingress, slice } from '../ingress/objects.ts';
import { absent, freePorts, LOOPBACK, programs } from '../ingress/real-proxy.ts';

// The sidecar as it travels, beside stock proxies, following a real API server (etcd and kube-apiserver as plain processes).

const bin = process.env.TRAFFICLAB_KUBERNETES_PROGRAMS ?? join(homedir(), '.cache/kind-fixture-1/bin');
// An EndpointSlice may not name a loopback address.
const own = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const missing =
  ['etcd', 'kube-apiserver'].find((name) => !existsSync(join(bin, name))) ??
  (own ? undefined : 'an address') ??
  proxyNames.find(absent);

const NAMESPACE = 'shop';
const CLASS = 'lab';
const TOKEN = 'secret';
const children: ChildProcess[] = [];
let folder: string;
let etcdPort: number;
let apiPort: number;
let api: ChildProcess;
const ports: Record<ControllerName, number> = { nginx: 0, haproxy: 0, traefik: 0 };
let said = '';
const table: Record<string, readonly Outcome[]> = {};

function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const [program, ...args] = argv;
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, env: { ...process.env, ...env } });
  child.stdout!.on('data', (bytes) => {
    said += bytes;
  });
  child.stderr!.resume();
  children.push(child);
  return child;
}

const config = () => {
  const made = new KubeConfig();
  made.loadFromClusterAndUser(
    { name: 'lab', server: `https://${LOOPBACK}:${apiPort}`, skipTLSVerify: true },
    { name: 'lab', token: TOKEN },
  );
  return made;
};
const core = () => config().makeApiClient(CoreV1Api);
const networking = () => config().makeApiClient(NetworkingV1Api);
const discovery = () => config().makeApiClient(DiscoveryV1Api);

async function startApiServer(): Promise<void> {
  const tokens = [
    '--token-auth-file',
    'tokens.csv',
    '--authorization-mode',
    'RBAC',
    '--disable-admission-plugins',
    'ServiceAccount',
  ];
  const keys = [
    '--service-account-issuer',
    'https://lab',
    '--service-account-key-file',
    'key.pem',
    '--service-account-signing-key-file',
  ];
  const listen = ['--bind-address', LOOPBACK, '--secure-port', String(apiPort), '--cert-dir', 'certs'];
  const store = ['--etcd-servers', `http://${LOOPBACK}:${etcdPort}`, '--service-cluster-ip-range', '10.96.0.0/16'];
  api = start([join(bin, 'kube-apiserver'), ...store, ...listen, ...keys, 'key.pem', ...tokens]);
  await waitFor('the API server', { deadlineMs: 120_000 }, async () => {
    const answer = await ready();
    return answer === 200 ? { value: answer } : { seen: `/readyz: ${answer}` };
  });
}

const ready = () =>
  new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const options = { host: LOOPBACK, port: apiPort, path: '/readyz', headers, rejectUnauthorized: false, agent: false as const };
    get(options, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe.skipIf(missing !== undefined)(`the sidecar on a real API server${missing ? ` (there is no ${missing})` : ''}`, () => {
  const echoes: AsyncDisposable[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trafficlab-sidecar-'));
    const [etcd, peer, secure, ...others] = await freePorts(7);
    [etcdPort, apiPort] = [etcd!, secure!];
    await writeFile(join(folder, 'tokens.csv'), `${TOKEN},lab,1,"system:masters"\n`);
    await writeFile(
      join(folder, 'key.pem'),
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
    );
    const client = `http://${LOOPBACK}:${etcdPort}`;
    const urls = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls'];
    start([
      join(bin, 'etcd'),
      '--data-dir',
      'etcd',
      ...urls,
      `http://${LOOPBACK}:${peer}`,
      '--log-level',
      'error',
      '--unsafe-no-fsync',
    ]);
    await startApiServer();

    await core().createNamespace({ body: { metadata: { name: NAMESPACE } } });
    // The reference controllers go by the name of the class; traefik by its name among those of its own controller.
    await networking().createIngressClass({
      body: { metadata: { name: CLASS }, spec: { controller: 'traefik.io/ingress-controller' } },
    });
    for (const service of servicesOf(NAMESPACE)) await core().createNamespacedService({ namespace: NAMESPACE, body: service });
    for (const service of conformanceServices) {
      const echo = await startEcho({ port: 0, address: own!, pod: `${service}-0`, node: 'n' });
      echoes.push(echo);
      const body = slice(service, [{ address: own!, port: echo.port }]);
      await discovery().createNamespacedEndpointSlice({ namespace: NAMESPACE, body });
    }

    if (programs.traefik) {
      const [port] = await freePorts(1);
      ports.traefik = port!;
      const from = [
        `endpoint=https://${LOOPBACK}:${apiPort}`,
        `token=${TOKEN}`,
        `certauthfilepath=${join(folder, 'certs/apiserver.crt')}`,
      ];
      const provider = [...from, `ingressclass=${CLASS}`, 'strictprefixmatching=true', 'allowemptyservices=true'].map(
        (option) => `--providers.kubernetesingress.${option}`,
      );
      start([
        programs.traefik,
        '--providers.kubernetesingress=true',
        ...provider,
        `--entrypoints.web.address=${LOOPBACK}:${port}`,
        '--global.checknewversion=false',
        '--global.sendanonymoususage=false',
      ]);
    }
    const account = join(folder, 'account');
    await mkdir(account);
    await copyFile(join(folder, 'certs/apiserver.crt'), join(account, 'ca.crt'));
    await writeFile(join(account, 'token'), TOKEN);
    for (const [index, proxy] of proxyNames.entries()) {
      const shared = join(folder, proxy);
      const [port, statusPort] = others.slice(2 * index).map(String) as [string, string];
      ports[proxy] = Number(port);
      await mkdir(shared);
      start(proxyCommand(proxy, shared, programs[proxy]));
      const where = ['--folder', shared, '--port', port, '--status-port', statusPort, '--service-account', account];
      start([process.execPath, agentFile(), 'ingress-controller', '--proxy', proxy, '--class', CLASS, ...where], {
        KUBERNETES_SERVICE_HOST: LOOPBACK,
        KUBERNETES_SERVICE_PORT: String(apiPort),
      });
    }
  }, 300_000);

  afterAll(async () => {
    if (process.env.TRAFFICLAB_CONFORMANCE) console.log(conformanceTable(table));
    // The proxies first: their workers end with a master that is asked, not with one that is killed.
    for (const child of children) child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const child of children) await end(child);
    for (const echo of echoes) await echo[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it.for(controllers)('has %s honour the Ingress rules', async (proxy, context) => {
    if (!ports[proxy]) return context.skip(absent(proxy));
    const ask = asking(ports[proxy]);
    const apply = async (ingresses: readonly V1Ingress[]) => {
      await networking().deleteCollectionNamespacedIngress({ namespace: NAMESPACE });
      for (const body of ingresses) await networking().createNamespacedIngress({ namespace: NAMESPACE, body });
    };
    const outcomes = await runConformance(conformanceSets(NAMESPACE, CLASS), apply, ask);
    table[proxy] = outcomes;
    const known = proxy === 'traefik' ? traefikDeviates : [];
    expect(outcomes.filter(({ rule, failures }) => failures.length > 0 && !known.includes(rule))).toEqual([]);
  });

  it('cases 6: an Ingress that cannot be served gets an Event, and its requests a 503', async () => {
    const body = ingress('odd', {
      'odd.example': [
        ['/', 'Prefix', 'red'],
        ['/api/(?!v1)', 'ImplementationSpecific', 'red'],
        ['/caf%C3%A9', 'Prefix', 'green'],
      ],
    });
    await networking().createNamespacedIngress({ namespace: NAMESPACE, body });
    for (const proxy of proxyNames) {
      const ask = asking(ports[proxy]);
      await waitFor(`${proxy} to serve odd.example`, { deadlineMs: 30_000 }, async () => {
        const { service, status } = await ask('odd.example', '/');
        return service === 'red' ? { value: true } : { seen: `${status}` };
      });
      expect(await ask('odd.example', '/api/v2')).toEqual({ status: 503 });
      expect(await ask('odd.example', '/caf%c3%a9/x')).toMatchObject({ service: 'green' });
    }
    await waitFor('an Event of each proxy', { deadlineMs: 10_000 }, async () => {
      const { items } = await core().listNamespacedEvent({ namespace: NAMESPACE, fieldSelector: 'involvedObject.name=odd' });
      const seen = items.map(({ reason, source }) => `${source?.component} ${reason}`).sort();
      const wanted = ['haproxy', 'nginx'].map((proxy) => `trafficlab.dev/${proxy} UnservablePath`);
      return `${seen}` === `${wanted}` ? { value: true } : { seen: `${seen}` };
    });
  });

  it('goes on while the API server is away, and follows again when it is back', async () => {
    const create = (host: string) =>
      networking().createNamespacedIngress({ namespace: NAMESPACE, body: ingress(host, { [host]: [['/', 'Prefix', 'red']] }) });
    const follows = (proxy: ProxyName, host: string) =>
      waitFor(`${proxy} to serve ${host}`, { deadlineMs: 60_000 }, async () => {
        const { service, status } = await asking(ports[proxy])(host, '/');
        return service === 'red' ? { value: true } : { seen: String(service ?? status) };
      });
    await create('before.example');
    for (const proxy of proxyNames) await follows(proxy, 'before.example');
    await end(api);
    for (const proxy of proxyNames) expect(await asking(ports[proxy])('before.example', '/')).toMatchObject({ service: 'red' });
    await startApiServer();
    await create('after.example');
    for (const proxy of proxyNames) await follows(proxy, 'after.example');
  });

  it('tells of each change in one line of JSON', () => {
    const entries = said
      .split('\n')
      .filter((line) => line.startsWith('{"time"'))
      .map((line) => JSON.parse(line));
    expect(entries.some(({ event }) => event === 'retry')).toBe(true);
    const configured = entries.filter(({ event }) => event === 'configured');
    for (const proxy of proxyNames) expect(configured.filter((entry) => entry.proxy === proxy).length).toBeGreaterThan(2);
    expect(entries.filter(({ event }) => event === 'failed')).toEqual([]);
  });
});
