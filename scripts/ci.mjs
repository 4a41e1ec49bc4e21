// What .ci/run runs. Each command and each test counts; the last line is "N passed, N failed, N skipped".
// Real Kubernetes comes from a fixture folder (KIND_FIXTURE, else ../shared/kind-fixture) whose `up` starts an engine in the
// background and whose `enter` runs a command beside it; without it, without root or outside Debian 12 that lane is skipped.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentation, readmeCommands } from './readme-commands.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = []; // told again at the end: whoever reads this may have the tail of the output only
const started = performance.now();
const scratch = mkdtempSync(join(tmpdir(), 'trafficlab-ci-'));
const say = (text) => console.log(`\n=== ${((performance.now() - started) / 1000).toFixed(0)} s: ${text}`);
/** The fixture's own tags; `src/` holds only tags that are public. */
const images = {
  node: 'kindest/node:v1.34.4',
  client: `node:${process.versions.node.split('.')[0]}-slim`,
  'node-tools': `node:${process.versions.node.split('.')[0]}-slim`,
  nginx: 'nginx:stable',
  haproxy: 'haproxy:lts',
  traefik: 'traefik:v3.6.12',
  'metallb-controller': 'quay.io/metallb/controller:v0.15.2',
  'metallb-speaker': 'quay.io/metallb/speaker:v0.15.2',
  router: 'quay.io/frrouting/frr:8.4',
};
const fixtureImages = Object.entries(images)
  .map(([name, reference]) => `${name}=${reference}`)
  .join(',');
const EXCERPT = 1500; // characters of each failure
const USER_ID = 12_345; // of nobody on any machine
const engineEnv = { TRAFFICLAB_IMAGES: process.env.TRAFFICLAB_IMAGES ?? fixtureImages };

const fixture = findFixture();
const tools = testTools(); // before the fixture, because apt has one lock
const engineUp = typeof fixture === 'string' ? undefined : tools.then(() => run([fixture.up], { quiet: true }));

await command('check', ['npm', 'run', '--silent', 'check']);
const noTools = await tools;
if (noTools) skip('chromium and tmux for tests', noTools);
await tests('npm test', ['npm', 'test', '--']);
await underNewestNode();
await command('npm pack: the tarball installs and runs', ['node', 'scripts/pack-and-run.mjs']);
const commands = readmeCommands(...documentation());
rmSync('mine.yaml', { force: true }); // of a CI that was killed
for (const line of commands.filter(needsK3d)) await againstFakeK3d(line);
const engineless = commands.filter((line) => !needsEngine(line) && !needsCluster(line) && !needsK3d(line));
for (const line of engineless.filter((line) => !needsTraefik(line))) await command(line, ['bash', '-c', line]);
rmSync('mine.yaml', { force: true }); // a command of the README wrote it, and would have refused to write over another
if (engineUp) await engineUp; // what the fixture's first build mounts and installs would look like a trace of ours
const traefik = await fixtureTraefik();
const traefikEnv = traefik ? { TRAFFICLAB_TRAEFIK: traefik } : {};
for (const line of engineless.filter(needsTraefik)) await command(line, ['bash', '-c', line], traefikEnv);
await tests('e2e: without an engine', ['npm', 'run', 'e2e', '--', '--exclude', 'test/e2e/kind/**'], traefikEnv);
await command('host untouched: kills at 9 moments of a run', ['node', 'scripts/host-untouched.mjs', '--moments', '9']);
await ordinaryUser();
await command('bench (short): without an engine', ['npm', 'run', 'bench', '--', '--short']);

const up = await engineUp;
if (up && up.status !== 0) fail('the kind fixture did not come up', up.output);
const noEngine = typeof fixture === 'string' ? fixture : up.status === 0 ? undefined : 'the kind fixture did not come up';
if (noEngine) skip('real kind: e2e, README commands, bench', noEngine);
else {
  const enter = (argv) => [fixture.enter, ...argv];
  // The labs themselves run as the README's commands, below.
  const files = ['test/e2e/kind/contract.test.ts', 'test/e2e/kind/interrupt.test.ts'];
  await tests('e2e: kind', enter(['npm', 'run', 'e2e', '--', ...files]), engineEnv);
  for (const line of commands.filter(needsEngine)) await command(line, enter(['bash', '-c', line]), engineEnv, answered(line));
  const mine = join(scratch, 'mine');
  const mineEnv = { ...engineEnv, KUBECONFIG: join(mine, 'kubeconfig'), TRAFFICLAB_CI_CLUSTER: mine };
  await command('a cluster as somebody else has it', enter(['node', 'scripts/ci-cluster.mjs', 'up', mine]), engineEnv);
  for (const line of commands.filter(needsCluster)) await command(line, enter(['bash', '-c', line]), mineEnv, answered(line));
  // It breaks rules at its very end, so it comes after all others that use the cluster.
  await tests('e2e: a cluster that exists', enter(['npm', 'run', 'e2e', '--', 'test/e2e/kind/kubeconfig.test.ts']), mineEnv);
  await command('that cluster deleted', enter(['node', 'scripts/ci-cluster.mjs', 'down', mine]), engineEnv);
  await command('bench (short): kind', enter(['npm', 'run', 'bench', '--', '--short', 'kind-overhead']), engineEnv);
  await command('nothing left behind', enter(['npm', 'run', 'clean']), engineEnv, (output) =>
    output.includes('nothing to clean'),
  );
}

rmSync(scratch, { recursive: true, force: true });
for (const text of failures) console.log(`\nFAILED: ${text}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed ? 1 : 0;

/** A fresh clone, as a user who is nobody here: nothing is installed by hand, and root is not needed. */
async function ordinaryUser() {
  if (process.getuid?.() !== 0) return skip('fresh clone as an ordinary user', 'CI is an ordinary user itself');
  const home = mkdtempSync(join(tmpdir(), 'trafficlab-user-'));
  const clone = join(home, 'trafficlab');
  await run(['git', 'clone', '--quiet', '--no-hardlinks', '.', clone]); // its files change owner, those of this repository must not
  await run(['chown', '-R', `${USER_ID}:${USER_ID}`, home]);
  const as = [
    'setpriv',
    `--reuid=${USER_ID}`,
    `--regid=${USER_ID}`,
    '--clear-groups',
    'env',
    '-C',
    clone,
    `HOME=${home}`,
    `npm_config_cache=${join(home, '.npm')}`,
  ];
  if (traefik) {
    const bin = join(home, '.cache', 'trafficlab', 'bin');
    await run([...as, 'mkdir', '-p', bin]);
    await run(['install', '-m', '755', traefik, join(bin, 'traefik')]);
  }
  const lab = async (name, wanted) => {
    const measured = () => newestIsMeasured(name, wanted, as);
    await command(`as an ordinary user: npm run lab ${name}`, [...as, 'npm', 'run', 'lab', name], {}, measured, true);
  };
  await lab('ipvs', ['ipvs/cluster-ip', 'iptables-legacy/cluster-ip']);
  await lab('proxy-modes', ['iptables', 'nftables/cluster-ip', 'userspace/cluster-ip']);
  await lab('nginx-hostport', ['nftables/ingress-nginx-daemonset-host-port']);
  await lab('haproxy-ingress', ['nftables/ingress-haproxy-2-node-port', 'nftables/ingress-haproxy-2-load-balancer-l2']);
  const entry = traefik ? 'ingress-traefik-2-load-balancer' : 'load-balancer';
  await lab('traefik-loadbalancer', [`nftables/${entry}-l2`]);
  await lab('traefik-bgp', [`nftables/${entry}-bgp`]);
  rmSync(home, { recursive: true, force: true });
}

/** A lab on real clusters has to end in compared figures and in paths that were proven, and not only in exit code 0. */
function answered(line) {
  const [, name] = /run lab ([a-z0-9-]+)/.exec(line) ?? [];
  return name === undefined || line.includes('--dry-run') ? undefined : () => newestIsMeasured(name, []);
}

/** The newest run of a lab, as `isMeasured`. @param as before the command, where somebody else ran it. */
async function newestIsMeasured(name, wanted, as = []) {
  const { status, output } = await run([...as, 'node', 'scripts/trafficlab.mjs', 'compare', name, '--json'], { quiet: true });
  if (status === 0) return isMeasured(JSON.parse(output), wanted);
  console.log(output);
  return false;
}

/** Whether each wanted scenario (its id begins so) has figures, a path was proven hop by hop, and something of the run is compared. */
function isMeasured({ families }, wanted) {
  const tables = families.flatMap((family) => family.tables);
  const figured = tables.flatMap(({ cells }) => cells).filter(({ figures }) => figures);
  const missing = wanted.filter((begin) => !figured.some(({ scenario }) => scenario.id.startsWith(begin)));
  if (missing.length) console.log(`without a figure: ${missing.join(', ')}`);
  const compared = tables.some(({ comparisons }) => comparisons.some(({ estimate }) => estimate));
  const proven = figured.some(({ hops = [] }) => hops.length > 0);
  return missing.length === 0 && compared && proven;
}

/** Installs what only tests use, where that is CI's to do; otherwise why it was not. */
async function testTools() {
  const missing = ['chromium', 'tmux'].filter(
    (name) => !process.env.PATH.split(':').some((folder) => existsSync(join(folder, name))),
  );
  if (missing.length === 0) return undefined;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return `not here: ${missing.join(', ')}`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update'], { env, quiet: true });
  const argv = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  const { status, output } = await run(argv, { env, quiet: true });
  return status === 0 ? undefined : `apt-get cannot install them: ${output.trim().split('\n').at(-1)}`;
}

/** `npm test` once more under the newest Node.js that the registry's package `node` has, so that a new release breaks nothing unseen. */
async function underNewestNode() {
  const folder = join(scratch, 'newest-node');
  mkdirSync(folder, { recursive: true });
  const argv = ['npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', 'node@latest'];
  const installed = await run(argv, { quiet: true });
  const bin = join(folder, 'node_modules', '.bin');
  const { status, output } = await run([join(bin, 'node'), '--version'], { quiet: true });
  const version = output.trim();
  if (status !== 0) return skip('npm test under the newest Node.js', installed.output.trim().split('\n').at(-1));
  await tests(`npm test under Node.js ${version}`, ['npm', 'test', '--'], { PATH: `${bin}:${process.env.PATH}` });
}

function findFixture() {
  const folder = resolve(process.env.KIND_FIXTURE ?? '../shared/kind-fixture');
  if (!existsSync(join(folder, 'up'))) return `no kind fixture at ${folder}`;
  if (process.getuid?.() !== 0) return 'the kind fixture needs root';
  const [, release] =
    /^VERSION_ID="?(\d+)/m.exec(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '') ?? [];
  if (release !== '12') return 'the kind fixture needs Debian 12';
  return { up: join(folder, 'up'), enter: join(folder, 'enter') };
}

function needsEngine(line) {
  return line.includes('--provider kind');
}

/** No image of k3s can be had here. */
function needsK3d(line) {
  return line.includes('--provider k3d');
}

/** The fakes of k3d and Docker stand before all else on PATH, so that what passes is the command line alone: it counts as skipped. */
async function againstFakeK3d(line) {
  const [bin, machine] = ['fake-bin', 'fake-machine'].map((name) => join(scratch, name));
  for (const folder of [bin, machine]) mkdirSync(folder, { recursive: true });
  for (const name of ['docker', 'k3d']) {
    rmSync(join(bin, name), { force: true });
    symlinkSync(resolve('test/fakes', name), join(bin, name));
  }
  writeFileSync(join(machine, 'machine.json'), JSON.stringify({ engines: ['docker'], registry: ['*'] }));
  say(line);
  const env = { PATH: `${bin}:${process.env.PATH}`, FAKE_MACHINE: machine };
  const { status, output } = await run(['bash', '-c', line], { env });
  if (status === 0) return skip(line, 'run against a fake of k3d only');
  fail(`${line} (exit code ${status})`, output);
}

/** A context of a cluster that exists; CI has one named "mine". */
function needsCluster(line) {
  return line.includes('--context ');
}

function needsTraefik(line) {
  return /traefik|ingress-topologies/.test(line);
}

/** The traefik that the fixture has built, for namespaces; it lies beside the engine's own programs. */
async function fixtureTraefik() {
  if (typeof fixture === 'string' || (await engineUp).status !== 0) return undefined;
  const { output } = await run([fixture.enter, 'sh', '-c', 'command -v dockerd'], { quiet: true });
  const path = join(output.trim(), '../../../../bin/traefik');
  return existsSync(path) ? path : undefined;
}

function skip(name, reason) {
  totals.skipped += 1;
  say(`skipped: ${name}: ${reason}`);
}

/** One command: passed when it ends with 0 (and its output is as wanted). Only where CI is no root may it say that the machine cannot (3). */
async function command(name, argv, env = {}, wanted = () => true, mayLack = process.getuid?.() !== 0) {
  say(name);
  const { status, output } = await run(argv, { env });
  if (status === 0 && (await wanted(output))) totals.passed += 1;
  else if (status === 3 && mayLack) skip(name, output.trim().split('\n').at(-1));
  else fail(`${name} (exit code ${status})`, output);
}

/** A vitest run: its tests count one by one. */
async function tests(name, argv, env = {}) {
  say(name);
  const file = join(scratch, `${name.replace(/\W+/g, '-')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { status, output } = await run([...argv, ...reporters], { env });
  if (!existsSync(file)) return fail(`${name} wrote no results (exit code ${status})`, output);
  const result = JSON.parse(readFileSync(file, 'utf8'));
  totals.passed += result.numPassedTests;
  totals.skipped += result.numPendingTests + result.numTodoTests;
  const failed = result.testResults.flatMap(({ assertionResults }) => assertionResults).filter(isFailed);
  for (const { fullName, failureMessages } of failed) fail(`${name}: ${fullName}`, failureMessages.join('\n').slice(0, EXCERPT));
  if (failed.length === 0 && status !== 0) fail(`${name} (exit code ${status})`, output);
}

function isFailed({ status }) {
  return status === 'failed';
}

/** Counts one failure, and keeps the end of what was seen for the end of all output. */
function fail(name, output) {
  totals.failed += 1;
  console.log(`FAILED: ${name}`);
  failures.push(`${name}\n${output.trim().slice(-EXCERPT)}`);
}

function run([program, ...args], { env = {}, quiet = false } = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        if (!quiet) process.stdout.write(chunk);
      });
    child.on('error', (error) => done({ status: 127, output: `${output}${error.message}` }));
    child.on('close', (status) => done({ status, output }));
  });
}
