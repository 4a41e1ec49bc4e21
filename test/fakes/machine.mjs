// What the fakes of this folder share: a machine that is a folder (FAKE_MACHINE), told by machine.json, with every call written down.
//   machine.json   { engines: ["docker"], kernel, hostname, memoryMiB, images: [], registry: [] ("*": all), files: { path: base64 }, create, deleteMs }
//   calls.ndjson   { program, args, input }
//   containers/    one file per container: { image, labels }
//   clusters/      one file per kind cluster: { nodes }
//   k3d-clusters/  one file per k3d cluster: { nodes: [{ name, role }] }, and networks/ and volumes/ that go with it
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The machine that a folder is. */
export const readMachine = (folder) => ({
  engines: [],
  kernel: '6.12.54-linuxkit',
  hostname: 'docker-desktop',
  memoryMiB: 16_384,
  images: [],
  registry: [],
  files: {},
  create: 'succeeds',
  deleteMs: 0,
  ...JSON.parse(readFileSync(join(folder, 'machine.json'), 'utf8')),
});

/** Things that outlive a call, a file each. */
export function shelf(name, folder = process.env.FAKE_MACHINE) {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return {
    list: () => readdirSync(path).sort(),
    has: (key) => existsSync(join(path, key)),
    get: (key) => JSON.parse(readFileSync(join(path, key), 'utf8')),
    set: (key, value) => writeFileSync(join(path, key), JSON.stringify(value)),
    delete: (key) => rmSync(join(path, key), { force: true }),
  };
}

export const noteCall = (call, folder = process.env.FAKE_MACHINE) =>
  appendFileSync(join(folder, 'calls.ndjson'), `${JSON.stringify(call)}\n`);

/** Prints and ends as the real program does. */
export function end(exitCode, { stdout = '', stderr = '' } = {}) {
  if (stdout) process.stdout.write(stdout);
  if (stderr) process.stderr.write(stderr);
  process.exit(exitCode);
}

/**
 * Options and words of a command; `known` says which options it has and whether they take a value.
 * `wordsEnd` makes the first word end the options, as in `docker run IMAGE COMMAND --its-own`.
 */
export function parse(args, known, refuse, { wordsEnd = false } = {}) {
  const options = {};
  const words = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (words.length && wordsEnd) words.push(arg);
    else if (arg === '-' || !arg.startsWith('-')) words.push(arg);
    else if (!(arg in known)) refuse(arg);
    else if (known[arg]) options[arg] = [...(options[arg] ?? []), args[++index]];
    else options[arg] = true;
  }
  return { options, words };
}
