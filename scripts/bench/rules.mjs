// From 10,000 Services in memory to rules seen in the kernel, and one more Service at 10,000 (goal 50 ms for ipvs and nftables), each
// against the bare tools with the same text (goal 1.2x). Each mode on one node: a network namespace. --short: 1,000 Services.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createProxier, registry } from '../../dist/index.mjs';

const flags = process.argv.slice(2);
const SERVICES = flags.includes('--short') ? 1_000 : 10_000;
const NFTABLES_BATCH_BYTES = 4 << 20;
const USER_NAMESPACE_BYTES = 212_992;
const MORE = 9;

async function outside() {
  const provider = registry.netns({});
  const { families, provider: obstacle } = await provider.inspect();
  if (obstacle) return console.log(`skipped: ${obstacle.code}`);
  for (const family of families) {
    const prefix = await provider.enclosure(family);
    const members = family.members.filter(({ proxyMode }) => family.id === 'host' || proxyMode === 'ipvs');
    const modes = members.filter(({ proxyMode }) => proxyMode !== 'userspace').map((member) => JSON.stringify(member));
    const [file, ...args] = [...prefix, process.execPath, fileURLToPath(import.meta.url), '--inside', ...flags, ...modes];
    if (modes.length) process.exitCode = spawnSync(file, args, { stdio: 'inherit' }).status || process.exitCode;
  }
}

function inside() {
  for (const flag of flags.filter((one) => one.startsWith('{'))) measure(JSON.parse(flag));
}

function measure({ proxyMode, iptablesBackend }) {
  const name = iptablesBackend ? `${proxyMode} (${iptablesBackend})` : proxyMode;
  const nftables = proxyMode === 'nftables';
  const capped = process.env.TRAFFICLAB_BENCH_CAP === '1';
  const batchBytes = nftables ? (capped ? USER_NAMESPACE_BYTES : NFTABLES_BATCH_BYTES) : undefined;
  const config = {
    node: { name: 'n1', address: '172.18.0.2' },
    clusterCidr: '10.244.0.0/16',
    serviceCidrs: ['10.96.0.0/16'],
    ...(batchBytes ? { batchBytes } : {}),
  };
  const objects = Array.from({ length: SERVICES }, (_, index) => service(index));
  const world = { services: objects.map(([one]) => one), endpointSlices: objects.map(([, slice]) => slice) };

  const proxier = createProxier(proxyMode, config);
  const runAll = (prefix, programs) => timed(() => programs.map((program) => run(prefix, program, iptablesBackend)))[0];

  const [textMs, programs] = timed(() => proxier.replace(world));
  // Bare, ours, ours, bare, the faster of each: what comes first finds the kernel's modules and caches cold.
  const spaces = ['bare', 'ours', 'ours', 'bare'].map((side) => namespace(side, proxyMode));
  const [firstBareMs, firstMs, secondMs, secondBareMs] = spaces.map((space) => runAll(space, programs));
  const oursMs = textMs + Math.min(firstMs, secondMs);
  const bareMs = Math.min(firstBareMs, secondBareMs);
  const [, , ours, bare] = spaces;
  if (count(ours, proxyMode, iptablesBackend) < SERVICES) throw new Error(`${name}: not every Service is in the kernel`);

  const more = oneMore(
    proxier,
    (changes) => runAll(ours, changes),
    (changes) => runAll(bare, changes),
  );
  const goal = proxyMode === 'iptables' ? '' : ' (goal <= 50 ms)';
  console.log(
    [
      `${name}, ${SERVICES} Services, 2 endpoints each:`,
      `rules in the kernel after ${s(oursMs)}, of it text ${s(textMs)}; bare tools ${s(bareMs)}; ${ratio(oursMs, bareMs)} (goal <= 1.2)`,
      `one more Service ${ms(more.ours)}${goal}, of it text ${ms(more.text)}; bare tools ${ms(more.bare)}; ${ratio(more.ours, more.bare)}`,
      `starting the ${more.programs} programs for it, with nothing to do: ${ms(more.idle)}`,
    ].join('\n    '),
  );
}

/** Several Services, one after another; typical figures. Ours and the bare tools take turns in going first. */
function oneMore(proxier, runOurs, runBare) {
  const all = Array.from({ length: MORE }, (_, index) => {
    const [one, slice] = service(SERVICES + index);
    const [text, changes] = timed(() => proxier.apply({ upserted: { services: [one], endpointSlices: [slice] } }));
    const early = index % 2 ? runOurs(changes) : undefined;
    const bare = runBare(changes);
    const ours = text + (early ?? runOurs(changes));
    const idle = runBare(changes.map(({ argv }) => ({ argv, input: '' })));
    return { text, ours, bare, idle, programs: changes.length };
  });
  return Object.fromEntries(Object.keys(all[0]).map((what) => [what, median(all.map((each) => each[what]))]));
}

function timed(work) {
  const begin = performance.now();
  const result = work();
  return [performance.now() - begin, result];
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const s = (value) => `${(value / 1000).toFixed(2)} s`;
const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const ratio = (of, to) => `ratio ${(of / to).toFixed(2)}`;

/** A namespace without rules; both sides pay the same for entering it. */
function namespace(side, mode) {
  const name = `${side}-${mode}-${Math.random().toString(36).slice(2, 7)}`;
  check(spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' }), 'ip netns add');
  return ['nsenter', `--net=/run/netns/${name}`];
}

// User-Mode Linux, where ipvs runs, has no nftables NAT.
function run(prefix, { argv, input }, backend = 'legacy') {
  const tool = argv[0].replace('iptables', backend === 'legacy' ? 'iptables-legacy' : 'iptables-nft');
  const [file, ...args] = [...prefix, tool, ...argv.slice(1)];
  check(spawnSync(file, args, { input, encoding: 'utf8', maxBuffer: 1 << 30 }), argv.join(' '));
}

function check({ status, stderr, error }, what) {
  if (status !== 0) throw new Error(`${what}: ${error?.message ?? stderr.slice(-500)}`);
}

/** How many Services the kernel itself shows. */
function count(prefix, mode, backend) {
  const looks = {
    iptables: [`iptables-${backend === 'legacy' ? 'legacy' : 'nft'}-save`, '-t', 'nat'],
    nftables: ['nft', 'list', 'map', 'ip', 'kube-proxy', 'service-ips'],
    ipvs: ['ipvsadm', '-Ln'], // /proc/net/ip_vs leaves servers out as soon as another namespace has some, too
  };
  const patterns = { iptables: /^:KUBE-SVC-/gm, nftables: /goto service-/g, ipvs: /^TCP /gm };
  const [file, ...args] = [...prefix, ...looks[mode]];
  return spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 30 }).stdout.match(patterns[mode])?.length ?? 0;
}

function service(index) {
  const metadata = { name: `service-${index}`, namespace: 'default' };
  const clusterIP = `10.96.${1 + Math.floor(index / 254)}.${1 + (index % 254)}`;
  const pod = (host) => ({
    addresses: [`10.244.${1 + Math.floor(index / 100)}.${2 * (index % 100) + host}`],
    conditions: { ready: true },
    nodeName: 'n2',
  });
  return [
    { metadata, spec: { type: 'ClusterIP', clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }] } },
    {
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: [pod(2), pod(3)],
    },
  ];
}

if (flags.includes('--inside')) inside();
else await outside();
