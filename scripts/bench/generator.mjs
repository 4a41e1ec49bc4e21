#!/usr/bin/env node
// How near is autocannon as we drive it to bare autocannon and to wrk? Same target, same connections, one core each, rounds interleaved.
//   node scripts/bench/generator.mjs [--short] [--json] [--seconds N] [--rounds N]
// And with how many connections is the generator itself what is measured (docs/method.md)? Needs dist/agent.mjs (npm run build).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const seconds = Number(values.seconds ?? (values.short ? 1 : 3));
const rounds = Number(values.rounds ?? (values.short ? 2 : 5));
const WARM_UP_S = 1;
const LOOK_MS = 50;
const TICKS_PER_SECOND = 100; // USER_HZ, fixed by the kernel's ABI
const BUSY = 0.85;

const root = fileURLToPath(new URL('../..', import.meta.url));
const agent = `${root}dist/agent.mjs`;
const autocannon = `${root}node_modules/autocannon/autocannon.js`;
const log = (text) => process.stderr.write(`${text}\n`);
const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
if (!existsSync(agent)) {
  log(`${agent} does not exist; run: npm run build`);
  process.exit(1);
}

// One core for the generator and another for the target; with one core or no taskset nothing can be kept apart, and the output says so.
const pinned = has('taskset') && availableParallelism() > 1;
const on = (core, argv) => (pinned ? ['taskset', '-c', String(core), ...argv] : argv);
const start = (argv) => spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });

const target = start(on(1, [process.execPath, agent, 'echo', '--port', '0', '--address', '127.0.0.1']));
const [greeting] = await once(target.stdout, 'data');
const url = `http://127.0.0.1:${/:(\d+)\s*$/.exec(String(greeting))[1]}/`;

const session = start(on(0, [process.execPath, agent, 'load']));
const answers = createInterface({ input: session.stdout })[Symbol.asyncIterator]();
let lastId = 0;

/** One window of ours; its CPU is what the agent itself says of the window. */
async function ours(policy, connections) {
  const bounds = { warmupMs: WARM_UP_S * 1000, durationMs: seconds * 1000, sliceMs: 100, maxRequests: 1e9, timeoutMs: 5000 };
  const job = { id: ++lastId, kind: 'load', arrival: { closed: { connections } }, policy, target: { url }, ...bounds };
  session.stdin.write(`${JSON.stringify(job)}\n`);
  let answer;
  do {
    const { done, value } = await answers.next();
    if (done) throw new Error('the agent ended');
    answer = JSON.parse(value);
  } while (answer.kind === 'slices');
  if (answer.kind === 'failure' || Object.keys(answer.errors).length > 0 || answer.timeouts > 0)
    throw new Error(`a window of ours went wrong: ${JSON.stringify({ ...answer, histogram: '' })}`);
  return { perSecond: (answer.requests / answer.durationMs) * 1000, cores: answer.generator.cpuShare, ...answer.generator };
}

/** Bare autocannon as its own command, with a warm-up of its own in the same process. */
async function bare(connections) {
  const c = String(connections);
  const warmUp = ['-W', '[', '-c', c, '-d', String(WARM_UP_S), ']'];
  const { stdout, cores } = await run([process.execPath, autocannon, '-c', c, '-d', String(seconds), ...warmUp, '-j', url]);
  const result = JSON.parse(stdout.trim().split('\n').at(-1)); // the line before is the warm-up's
  if (result.errors > 0) throw new Error(`bare autocannon: ${result.errors} errors`);
  return {
    perSecond: result.requests.total / result.duration,
    cores: cores(Date.parse(result.start), Date.parse(result.finish)),
  };
}

async function wrk(connections) {
  const startedAt = Date.now();
  const { stdout, cores } = await run(['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, url]);
  return { perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]), cores: cores(startedAt, Date.now()) };
}

async function run(argv) {
  const child = start(on(0, argv));
  child.stdin.end();
  const cores = watchCpu(child.pid);
  let stdout = '';
  for await (const chunk of child.stdout) stdout += chunk;
  return { stdout, cores };
}

/** Watches a process' CPU, all threads; taskset becomes what it starts, so the pid is the generator's. The answer: cores used between two times. */
function watchCpu(pid) {
  const seen = [];
  const look = () => {
    try {
      seen.push({ at: Date.now(), ticks: cpuTicks(pid) });
    } catch {
      clearInterval(timer); // it has ended
    }
  };
  const timer = setInterval(look, LOOK_MS);
  look();
  return (from, to) => {
    clearInterval(timer);
    return ((ticksAt(seen, to) - ticksAt(seen, from)) / TICKS_PER_SECOND / (to - from)) * 1000;
  };
}

function ticksAt(seen, time) {
  const next = seen.findIndex(({ at }) => at >= time);
  const after = next < 0 ? seen.at(-1) : seen[next];
  const before = seen[Math.max(0, (next < 0 ? seen.length : next) - 1)];
  if (after.at === before.at) return after.ticks;
  return before.ticks + ((after.ticks - before.ticks) * (time - before.at)) / (after.at - before.at);
}

function cpuTicks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const spread = (numbers) => ({ median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) });

async function compare(connections, others) {
  const seen = { ours: [] };
  for (const name of Object.keys(others)) seen[name] = [];
  for (let round = 0; round < rounds; round++) {
    const order = [
      ['ours', () => ours('kept', connections)],
      ...Object.entries(others).map(([name, go]) => [name, () => go(connections)]),
    ];
    if (round % 2) order.reverse();
    for (const [name, go] of order) seen[name].push(await go());
  }
  const perRequest = ({ cores, perSecond }) => (cores / perSecond) * 1e6;
  const ratios = Object.keys(others).map((name) => ({
    of: `ours / ${name}`,
    requestsPerSecond: spread(seen.ours.map((one, round) => one.perSecond / seen[name][round].perSecond)),
    cpuPerRequest: spread(seen.ours.map((one, round) => perRequest(one) / perRequest(seen[name][round]))),
  }));
  const each = Object.entries(seen).map(([name, all]) => ({
    generator: name,
    requestsPerSecond: spread(all.map(({ perSecond }) => perSecond)),
    cores: spread(all.map(({ cores }) => cores)),
    cpuUsPerRequest: spread(all.map(perRequest)),
  }));
  return { connections, each, ratios };
}

async function bound(policy, connections) {
  const all = [];
  for (let round = 0; round < rounds; round++) all.push(await ours(policy, connections));
  const busiest = Math.max(...all.map(({ cpuShare, eventLoopUtilization }) => Math.max(cpuShare, eventLoopUtilization)));
  return {
    policy,
    connections,
    requestsPerSecond: spread(all.map(({ perSecond }) => perSecond)),
    cpuShare: spread(all.map(({ cpuShare }) => cpuShare)),
    eventLoopUtilization: spread(all.map(({ eventLoopUtilization }) => eventLoopUtilization)),
    generatorBound: busiest > BUSY,
  };
}

const number = (value) => (value >= 100 ? String(Math.round(value)) : value.toFixed(2));
const shown = ({ median, min, max }) => `${number(median)} (${number(min)}..${number(max)})`;

const others = { 'bare autocannon': bare, ...(has('wrk') ? { wrk } : {}) };
const skipped = has('wrk') ? [] : [{ what: 'wrk', reason: 'not on PATH', remedy: 'apt-get install wrk' }];
const result = { url, seconds, rounds, pinned, skipped, comparisons: [], bounds: [] };
try {
  log(
    `target ${url}; ${rounds} rounds of ${seconds} s${pinned ? ', generator on core 0, target on core 1' : ', NOT pinned: one core, or no taskset'}`,
  );
  for (const { what, reason, remedy } of skipped) log(`skipped: ${what}, ${reason} (${remedy})`);
  for (const connections of values.short ? [1, 10] : [1, 10, 50]) {
    const comparison = await compare(connections, others);
    result.comparisons.push(comparison);
    log(`\nkept connections, ${connections} connection${connections === 1 ? '' : 's'}`);
    for (const { generator, requestsPerSecond, cores, cpuUsPerRequest } of comparison.each)
      log(
        `  ${generator.padEnd(16)} ${shown(requestsPerSecond)} requests/s, ${shown(cores)} cores, ${shown(cpuUsPerRequest)} us CPU a request`,
      );
    for (const { of, requestsPerSecond, cpuPerRequest } of comparison.ratios)
      log(`  ${of}: requests/s ${shown(requestsPerSecond)}, CPU a request ${shown(cpuPerRequest)}`);
  }
  log('\nhow many connections before the generator itself is measured');
  for (const policy of ['kept', 'fresh'])
    for (const connections of values.short ? [1, 2] : [1, 2, 4, 8]) {
      const one = await bound(policy, connections);
      result.bounds.push(one);
      log(
        `  ${policy.padEnd(5)} ${String(connections).padStart(2)}: ${shown(one.requestsPerSecond)} requests/s, CPU ${shown(one.cpuShare)}, event loop ${shown(one.eventLoopUtilization)}${one.generatorBound ? '  GENERATOR-BOUND' : ''}`,
      );
    }
} finally {
  session.stdin.end();
  target.kill();
}
if (values.json) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
