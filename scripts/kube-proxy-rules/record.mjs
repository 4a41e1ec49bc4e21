#!/usr/bin/env node
// Records what the real kube-proxy installs for FOLDER/objects.yaml: the fixtures of test/cluster/netns/proxy.
//
//   node scripts/kube-proxy-rules/record.mjs --bin DIR FOLDER [--mode iptables|nftables|ipvs]... [-- kube-proxy options]
//
// DIR holds kube-apiserver, kube-proxy and etcd. Needs root: everything runs in network, mount and pid namespaces of its own,
// which end with this command. The node is n1, 172.18.0.9, zone zone-a; THIS_NODE in the objects becomes n1. Pods are in 10.244.0.0/16
// (`-- --cluster-cidr=`: nowhere in particular). Mode ipvs needs a kernel that has IPVS, and `iptables` to be that kernel's.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';

const address = '172.18.0.9';
const token = 'recorder';
const outputs = {
  iptables: { 'iptables-save.txt': ['iptables-save'] },
  nftables: { 'nftables.txt': ['nft', 'list', 'table', 'ip', 'kube-proxy'] },
  ipvs: {
    'ipvsadm-save.txt': ['ipvsadm', '-Sn'],
    'ipvs-ipset.txt': ['ipset', 'save'],
    'ipvs-iptables-save.txt': ['iptables-save'],
    'ipvs-dummy.txt': ['ip', '-o', '-4', 'addr', 'show', 'dev', 'kube-ipvs0'],
  },
};

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'zone-a' } },
  spec: { podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24'] },
  status: { addresses: [{ type: 'InternalIP', address }] },
};
const plurals = { Service: 'services', EndpointSlice: 'endpointslices', Node: 'nodes', Namespace: 'namespaces' };

const argv = process.argv.slice(2);
const rest = argv.includes('--') ? argv.splice(argv.indexOf('--')).slice(1) : [];
const { values, positionals } = parseArgs({
  args: argv,
  allowPositionals: true,
  options: {
    bin: { type: 'string' },
    mode: { type: 'string', multiple: true, default: ['iptables', 'nftables'] },
    inside: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
if (!folder || !values.bin || values.mode.some((mode) => !outputs[mode])) {
  console.error('usage: record.mjs --bin DIR FOLDER [--mode iptables|nftables|ipvs]... [-- kube-proxy options]');
  process.exit(2);
}

if (values.inside) await record(values.mode[0]);
else for (const mode of values.mode) enter(mode);

/** Each mode has namespaces of its own, so that no rule of one is seen by the other. */
function enter(mode) {
  const self = fileURLToPath(import.meta.url);
  const isolated = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const again = [process.execPath, self, '--inside', '--bin', resolve(values.bin), '--mode', mode, folder, '--', ...rest];
  const { status } = spawnSync('unshare', [...isolated, ...again], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

async function record(mode) {
  const work = mkdtempSync(join(tmpdir(), 'kube-proxy-rules-'));
  try {
    for (const words of [
      'link set lo up',
      // Not a dummy device: not every kernel has them.
      'link add eth0 type veth peer name outside',
      `addr add ${address}/24 dev eth0`,
      'link set eth0 up',
      'link set outside up',
      'route add default via 172.18.0.1',
    ]) {
      execFileSync('ip', words.split(' '));
    }
    startControlPlane(work);
    await until('kube-apiserver is ready', async () => (await call('GET', '/readyz')).status === 200);
    await until('default/kubernetes has endpoints', async () => {
      const { status } = await call('GET', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes');
      return status === 200;
    });
    await create(node);
    for (const object of objects()) await create(object);
    const config = kubeconfig(work);
    start(work, 'kube-proxy', [
      ...['--proxy-mode', mode, '--kubeconfig', config, '--hostname-override', 'n1'],
      ...(rest.includes('--cluster-cidr=') ? [] : ['--cluster-cidr', '10.244.0.0/16']),
      ...['--conntrack-max-per-core', '0', ...rest.filter((option) => option !== '--cluster-cidr=')],
    ]);
    const files = Object.entries(outputs[mode]);
    const read = ([program, ...words]) => execFileSync(program, words, { encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 28 });
    const texts = await settled(() => files.map(([, command]) => read(command)));
    files.forEach(([file], index) => {
      writeFileSync(join(folder, file), texts[index]);
      console.log(`${join(folder, file)}: ${texts[index].split('\n').length} lines`);
    });
  } catch (error) {
    console.error(error.message);
    console.error(readFileSync(join(work, 'kube-proxy.log'), { encoding: 'utf8', flag: 'a+' }).slice(-3000));
    process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
    // The first process of the pid namespace: with it go etcd, kube-apiserver and kube-proxy.
    process.exit();
  }
}

function objects() {
  const text = readFileSync(join(folder, 'objects.yaml'), 'utf8').replaceAll('THIS_NODE', 'n1');
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter(Boolean);
}

function startControlPlane(work) {
  const key = join(work, 'key.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(work, 'tokens.csv'), `${token},recorder,1,system:masters\n`);
  mkdirSync(join(work, 'etcd'));
  start(work, 'etcd', ['--data-dir', join(work, 'etcd'), '--unsafe-no-fsync']);
  start(work, 'kube-apiserver', [
    ...['--etcd-servers', 'http://127.0.0.1:2379', '--secure-port', '16443', '--cert-dir', work],
    ...['--advertise-address', address, '--service-cluster-ip-range', '10.96.0.0/16'],
    ...['--token-auth-file', join(work, 'tokens.csv'), '--authorization-mode', 'AlwaysAllow'],
    ...['--service-account-issuer', 'https://recorder', '--service-account-key-file', key],
    ...['--service-account-signing-key-file', key, '--disable-admission-plugins', 'ServiceAccount'],
  ]);
}

function start(work, name, options) {
  const log = openSync(join(work, `${name}.log`), 'w');
  const child = spawn(join(values.bin, name), options, { stdio: ['ignore', log, log] });
  child.on('exit', (code) => {
    console.error(`${name} ended with ${code}: ${readFileSync(join(work, `${name}.log`), 'utf8').slice(-2000)}`);
    process.exit(1);
  });
}

function kubeconfig(work) {
  const path = join(work, 'kubeconfig');
  const cluster = { server: 'https://127.0.0.1:16443', 'insecure-skip-tls-verify': true };
  writeFileSync(
    path,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster }],
      users: [{ name: 'a', user: { token } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    }),
  );
  return path;
}

async function create(object) {
  const { apiVersion, kind, metadata } = object;
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const scope = kind === 'Node' || kind === 'Namespace' ? '' : `/namespaces/${metadata.namespace}`;
  const path = `${root}${scope}/${plurals[kind]}`;
  const made = await call('POST', path, object);
  if (made.status !== 201) throw new Error(`${kind} ${metadata.name}: ${made.status} ${made.text}`);
  if (!object.status) return;
  const status = await call('PATCH', `${path}/${metadata.name}/status`, { status: object.status });
  if (status.status !== 200) throw new Error(`status of ${kind} ${metadata.name}: ${status.status} ${status.text}`);
}

function call(method, path, body) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = { authorization: `Bearer ${token}`, 'content-type': type };
  return new Promise((done) => {
    const options = { host: '127.0.0.1', port: 16443, path, method, headers, rejectUnauthorized: false };
    const sent = request(options, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => done({ status: response.statusCode, text }));
    });
    sent.on('error', (error) => done({ status: 0, text: error.message }));
    sent.end(body && JSON.stringify(body));
  });
}

async function until(what, holds) {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (await holds()) return;
    await sleep(500);
  }
  throw new Error(`waited five minutes in vain until ${what}`);
}

/** What is read once it has been the same three times, a second apart, and the API server's own Service is in it. */
async function settled(read) {
  let last = '';
  let same = 0;
  let problem = 'they never did';
  for (let attempt = 0; attempt < 200; attempt += 1) {
    await sleep(1000);
    let texts = [];
    try {
      texts = read();
    } catch (error) {
      problem = error.message; // not made yet
      continue;
    }
    // Headings tell the time, and built-in chains count.
    const seen = texts.join('\n').replaceAll(/^#.*$|\[\d+:\d+\]$/gm, '');
    same = seen === last && /default\/kubernetes|10\.96\.0\.1/.test(seen) ? same + 1 : 0;
    last = seen;
    if (same === 2) return texts;
  }
  throw new Error(`waited in vain until the rules stay the same: ${problem}\n${last.slice(-1000)}`);
}
