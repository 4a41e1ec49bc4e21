#!/usr/bin/env node
// node scripts/ci-cluster.mjs up|down FOLDER: a kind cluster as somebody else would have it, for what uses a cluster that exists. It is made
// by hand, with the images in its nodes; FOLDER gets `admin`, the administrator's kubeconfig, and `kubeconfig`, whose context "mine" is a
// service account with docs/kubeconfig-role.yaml and its token only.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const NAME = 'mine';
const ROLE = fileURLToPath(new URL('../docs/kubeconfig-role.yaml', import.meta.url));
/** Slim images may lack nsenter; this one has it and nothing else. */
const TOOLS = 'trafficlab-ci/node-tools:1';
const NSENTER =
  'tar --create --dereference --directory / $(ldd /usr/bin/nsenter | grep --only-matching "/[^ ]*" | cut --characters 2-) usr/bin/nsenter';

const [command, folder] = process.argv.slice(2);
if (command === 'up' && folder) up(folder);
else if (command === 'down' && folder) down(folder);
else throw new Error('usage: ci-cluster.mjs up|down FOLDER');

function up(path) {
  mkdirSync(path, { recursive: true });
  const admin = join(path, 'admin');
  const images = Object.fromEntries((process.env.TRAFFICLAB_IMAGES ?? '').split(',').map((pair) => pair.split('=')));
  const node = (role) => ({ role, image: images.node });
  const config = {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { kubeProxyMode: 'nftables' },
    nodes: [node('control-plane'), node('worker'), node('worker')],
  };
  run('kind', ['create', 'cluster', '--name', NAME, '--config', '-', '--kubeconfig', admin, '--wait', '120s'], stringify(config));
  run('docker', ['import', '-', TOOLS], run('docker', ['exec', `${NAME}-worker`, 'sh', '-c', NSENTER]));
  run('kind', ['load', 'docker-image', '--name', NAME, TOOLS, ...['client', 'nginx', 'traefik'].map((name) => images[name])]);
  kubectl(['apply', '-f', '-'], readFileSync(ROLE));
  kubectl(['rollout', 'status', 'deployment/coredns', '--namespace', 'kube-system', '--timeout', '120s']);
  const token = kubectl(['create', 'token', 'trafficlab', '--duration', '8h']).toString().trim();
  const [{ cluster }] = parse(readFileSync(admin, 'utf8')).clusters;
  writeFileSync(
    join(path, 'kubeconfig'),
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: NAME, cluster }],
      users: [{ name: 'trafficlab', user: { token } }],
      contexts: [{ name: NAME, context: { cluster: NAME, user: 'trafficlab' } }],
    }),
  );
}

function down(path) {
  run('kind', ['delete', 'cluster', '--name', NAME, '--kubeconfig', join(path, 'admin')]);
  run('docker', ['image', 'rm', TOOLS]);
}

function kubectl(args, input) {
  const inside = ['exec', '--interactive', `${NAME}-control-plane`, 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];
  return run('docker', [...inside, ...args], input);
}

function run(program, args, input = '') {
  return execFileSync(program, args, { input, stdio: ['pipe', 'pipe', 'inherit'], maxBuffer: 2 ** 28 });
}
