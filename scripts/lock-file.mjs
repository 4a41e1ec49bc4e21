// node scripts/lock-file.mjs [--fix]: is every platform's package in package-lock.json?
// A registry or an npm that left some out (npm/cli#4828) makes a lock file that `npm ci` refuses everywhere else. --fix adds them by what their names tell;
// without a checksum, which only the registry could give.
import { readFileSync, writeFileSync } from 'node:fs';

const file = 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([path, { dev, optionalDependencies = {} }]) =>
  Object.entries(optionalDependencies)
    .filter(([name]) => !isListed(path, name))
    .map(([name, version]) => ({ name, version, dev })),
);

if (missing.length > 0 && process.argv.includes('--fix')) {
  for (const one of missing) lock.packages[`node_modules/${one.name}`] = entry(one);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
  console.log(`${file}: added ${missing.length} packages of other platforms`);
} else if (missing.length > 0) {
  console.error(
    `${file} lacks packages of other platforms, so npm ci refuses it:\n  ${missing.map(({ name }) => name).join('\n  ')}`,
  );
  process.exitCode = 1;
}

/** Where Node.js would find it: beside the package, or in a node_modules further up. */
function isListed(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${at}${at && '/'}node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}

function entry({ name, version, dev }) {
  if (!/^\d+\.\d+\.\d+/.test(version))
    throw new Error(`${name}@${version} is no exact version; run npm install where the registry has it`);
  const word = (words) => words.find((one) => new RegExp(`[-/]${one}(-|$)`).test(name));
  const os = word(['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']);
  const cpu = word(['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32']);
  const libc = name.includes('musl') ? 'musl' : name.includes('gnu') ? 'glibc' : undefined;
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dev ? { dev } : {}),
    ...(libc === undefined || cpu === 'arm' ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}
