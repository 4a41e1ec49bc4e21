// How long clusters of namespaces take to come up, answer and vanish, and what they cost. Options: --json, --short (the small cluster only).
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registry } from '../../dist/index.mjs';

const GOAL_SECONDS = 1;
const REPEATS = 3;
const flags = process.argv.slice(2);
const provider = registry.netns({});

async function outside() {
  const { families, provider: obstacle } = await provider.inspect();
  const family = families.find(({ id }) => id === 'host');
  if (!family) return void console.log(`skipped: ${obstacle?.reason ?? 'this kernel takes the rules of no mode'}`);
  const prefix = await provider.enclosure(family);
  const modes = family.members.map((member) => JSON.stringify(member));
  const [file, ...args] = [...prefix, process.execPath, fileURLToPath(import.meta.url), '--inside', ...flags, ...modes];
  process.exitCode = spawnSync(file, args, { stdio: 'inherit' }).status ?? 1;
}

async function inside() {
  const members = flags.filter((flag) => flag.startsWith('{')).map((flag) => JSON.parse(flag));
  const figures = [];
  for (const member of members) {
    const runs = [];
    for (let run = 0; run < REPEATS; run += 1) runs.push(await bringUp({ ...member, workers: 2 }, { replicas: 4 }, 8));
    const seconds = median(runs.map(({ answeringSeconds }) => answeringSeconds));
    figures.push({
      what: `3 nodes, 4 echo pods, ${nameOf(member)}`,
      ...runs.at(-1),
      answeringSeconds: seconds,
      goalSeconds: GOAL_SECONDS,
    });
  }
  const large = members.find(({ proxyMode }) => proxyMode === 'nftables') ?? members[0];
  if (!flags.includes('--short') && large) {
    const processes = 20;
    figures.push({
      what: `50 nodes, 500 echo pods of which ${processes} answer, ${nameOf(large)}`,
      ...(await bringUp({ ...large, workers: 49 }, { replicas: 500, processes }, 200)),
    });
  }
  if (flags.includes('--json')) return console.log(JSON.stringify(figures, undefined, 2));
  for (const { what, ...figure } of figures) {
    const goal = figure.goalSeconds ? ` (goal <= ${figure.goalSeconds.toFixed(1)} s)` : '';
    console.log(`${what}: answering after ${figure.answeringSeconds.toFixed(2)} s${goal}`);
    console.log(
      `    nodes ${figure.nodesSeconds.toFixed(2)} s, pods and rules ${figure.podsSeconds.toFixed(2)} s, gone in ${figure.goneSeconds.toFixed(2)} s`,
    );
    console.log(`    ${figure.answered} of ${figure.asked} connections answered, by ${figure.pods} pods`);
    console.log(
      `    ${figure.memoryMiB} MiB of memory in all, of them ${figure.processesMiB} MiB in ${figure.processes} Node.js processes`,
    );
  }
  console.log(`${availableParallelism()} processors, load average ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}`);
}

/** One cluster from nothing to answered connections and back. */
async function bringUp(member, workload, asked) {
  const context = {
    directory: '.',
    signal: new AbortController().signal,
    progress: { step: (_title, work) => work({ update() {} }), note() {}, all: () => [] },
    keep: false,
    reuse: false,
    phase: (_name, work) => work(),
  };
  const memoryBefore = availableMiB();
  const begin = performance.now();
  const cluster = await provider.create({ id: 'bench', provider: 'netns', ...member }, context);
  const nodes = performance.now();
  const deployment = await cluster.deploy(workload, [{ entry: 'cluster-ip' }], context);
  const pods = performance.now();
  const [target] = deployment.targets;
  const first = await connect(target, 1);
  const answering = performance.now();
  const more = await connect(target, asked - 1);
  const echoes = [...first, ...more].flatMap(({ echo }) => echo ?? []);
  const memoryMiB = memoryBefore - availableMiB();
  const running = nodeProcesses();
  const down = performance.now();
  await cluster[Symbol.asyncDispose]();
  const gone = performance.now();
  const left = readdirSync('/run/netns').length;
  if (left > 0) throw new Error(`${left} namespaces are left`);
  return {
    nodesSeconds: (nodes - begin) / 1000,
    podsSeconds: (pods - nodes) / 1000,
    answeringSeconds: (answering - begin) / 1000,
    goneSeconds: (gone - down) / 1000,
    asked,
    answered: echoes.length,
    pods: new Set(echoes.map(({ pod }) => pod)).size,
    memoryMiB,
    processes: running.length,
    processesMiB: Math.round(running.reduce((sum, mib) => sum + mib, 0)),
  };
}

async function connect({ url, from: [from] }, count) {
  const job = { id: 1, kind: 'connect', url, count, timeoutMs: 5000 };
  let answered = () => {};
  const done = new Promise((resolve) => {
    answered = resolve;
  });
  async function* input() {
    yield `${JSON.stringify(job)}\n`;
    await done; // the generator gives up its job when its input ends
  }
  for await (const line of from.lines([...from.agent, 'load'], { input: input() })) {
    answered();
    return JSON.parse(line).connections;
  }
  throw new Error(`no answer from the generator on ${from.name}`);
}

const availableMiB = () => Math.round(Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024);

/** Memory that each other Node.js process of this sandbox has for itself (Private_*, proc_pid_smaps_rollup), MiB. */
function nodeProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        if (!readFileSync(join('/proc', pid, 'cmdline'), 'utf8').startsWith(process.execPath)) return [];
        const rollup = readFileSync(join('/proc', pid, 'smaps_rollup'), 'utf8');
        return [[...rollup.matchAll(/^Private_\w+:\s+(\d+)/gm)].reduce((sum, [, kib]) => sum + Number(kib) / 1024, 0)];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

const nameOf = ({ proxyMode, iptablesBackend }) => proxyMode + (iptablesBackend ? ` (${iptablesBackend})` : '');
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

if (flags.includes('--inside')) await inside();
else await outside();
