// Kills npm, the command and the inner process in turn at moments spread evenly over a run on netns, and holds what the machine has
// afterwards against what it had before: nftables, iptables, routes, links, mounts, namespaces and processes.
//     node scripts/host-untouched.mjs [--moments 50] [--strict] [-- npm run lab smoke -- --provider netns]
// Without --strict only namespaces and processes of the run itself count, so that other work on the machine may go on.
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const split = process.argv.indexOf('--', 2);
const own = process.argv.slice(2, split < 0 ? undefined : split);
const { values } = parseArgs({ args: own, options: { moments: { type: 'string' }, strict: { type: 'boolean' } } });
const moments = Number(values.moments ?? 50);
const command = split < 0 ? ['npm', 'run', 'lab', 'smoke', '--', '--provider', 'netns'] : process.argv.slice(split + 1);
const SETTLED_WITHIN_MS = 5000;

/** What must be as it was; a program that is not there answers the same each time. */
const LISTINGS = [
  ['nft', 'list', 'ruleset'],
  ['iptables-legacy-save'],
  ['iptables-nft-save'],
  ['ip', '-details', '-oneline', 'link'],
  ['ip', '-oneline', 'address'],
  ['ip', 'route', 'show', 'table', 'all'],
  ['ip', 'rule'],
  ['ip', 'netns'],
  ['ipset', 'save'],
];

async function undisturbed() {
  const begin = performance.now();
  const { status, stderr } = spawnSync(command[0], command.slice(1), {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the undisturbed run ended with exit code ${status}:\n${stderr.slice(-2000)}`);
  return performance.now() - begin;
}

async function killAt(victim, afterMs) {
  const token = randomUUID();
  const before = listings();
  const others = processes().map(({ pid, namespaces }) => [pid, namespaces.join()]);
  const npm = spawn(command[0], command.slice(1), {
    cwd: root,
    stdio: 'ignore',
    env: { ...process.env, TRAFFICLAB_TOKEN: token },
  });
  const ended = new Promise((resolve) => npm.once('exit', resolve));
  await Promise.race([delay(afterMs), ended]);
  const killed = kill(victim, npm.pid, token);
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const differences = compare(before, others, token);
    if (differences.length === 0 || performance.now() > deadline) {
      for (const { pid } of processes().filter((one) => one.environment.includes(token))) process.kill(pid, 'SIGKILL');
      return { killed, differences };
    }
    await delay(100);
  }
}

/** Kills the victim, or npm where it is not there yet or no more. */
function kill(victim, npmPid, token) {
  const ours = processes().filter(({ environment, command: line }) => environment.includes(token) && /^\S*node /.test(line));
  const inner = ours.find(({ command: line }) => line.includes('trafficlab.mjs run '));
  const outer = ours.find(({ command: line }) => line.includes('trafficlab.mjs lab '));
  const pid = { npm: npmPid, command: outer?.pid, inner: inner?.pid }[victim];
  try {
    process.kill(pid ?? npmPid, 'SIGKILL');
    return pid === undefined ? `npm (${victim} not there)` : victim;
  } catch {
    return `${victim} (had ended)`;
  }
}

function compare(before, others, token) {
  const after = listings();
  const known = new Map(others);
  const spaces = new Set(others.flatMap(([, namespaces]) => namespaces.split(',')));
  const left = processes().filter(
    ({ pid, environment, kernel }) =>
      pid !== process.pid && !kernel && !known.has(pid) && (values.strict || environment.includes(token)),
  );
  return [
    ...after.filter((text, index) => text !== before[index]).map((text) => `listing: ${text.slice(0, 300)}`),
    ...left.map(({ pid, command: line }) => `process ${pid}: ${line.slice(0, 200)}`),
    ...left.flatMap(({ pid, namespaces }) =>
      namespaces.filter((space) => !spaces.has(space)).map((space) => `namespace ${space} (${pid})`),
    ),
  ];
}

function listings() {
  const texts = LISTINGS.map(
    ([program, ...args]) => `${program}\n${withoutCounters(spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '')}`,
  );
  return [...texts, `mounts\n${readFileSync('/proc/self/mountinfo', 'utf8')}`];
}

/** Counters and times go on whoever is at work. */
const withoutCounters = (text) =>
  text
    .replace(/^#.*$/gm, '')
    .replace(/\[\d+:\d+\]/g, '')
    .replace(/packets \d+ bytes \d+/g, '');

function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const kernel = line === '';
        const environment = kernel ? '' : readFileSync(`/proc/${name}/environ`, 'utf8');
        const namespaces = kernel ? [] : ['net', 'mnt', 'pid', 'user'].map((kind) => readlinkSync(`/proc/${name}/ns/${kind}`));
        return [{ pid: Number(name), command: line, environment, namespaces, kernel }];
      } catch {
        return []; // it ended meanwhile, or is another user's
      }
    });
}

const victims = ['npm', 'command', 'inner'];
await undisturbed(); // with whatever set-up is due
const whole = await undisturbed();
console.log(`${command.join(' ')}: ${(whole / 1000).toFixed(1)} s undisturbed; ${moments} moments`);
let bad = 0;
for (let moment = 0; moment < moments; moment += 1) {
  const victim = victims[moment % victims.length];
  const afterMs = ((moment + 0.5) / moments) * whole;
  const { killed, differences } = await killAt(victim, afterMs);
  const said = differences.length === 0 ? 'as before' : `DIFFERENT:\n    ${differences.join('\n    ')}`;
  console.log(`${(afterMs / 1000).toFixed(2)} s, ${killed}: ${said}`);
  if (differences.length > 0) bad += 1;
}
console.log(bad === 0 ? `identical at all ${moments} moments` : `different at ${bad} of ${moments} moments`);
process.exitCode = bad === 0 ? 0 : 1;
