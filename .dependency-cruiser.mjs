// The house: which folder may import which, from the ground up. `npm run check` fails where an import points up, where imports go round in
// a circle, and where a pure folder imports more than data. docs/architecture.md draws it.
import { existsSync, readdirSync } from 'node:fs';

const contract = 'cluster/contract';
const shared = ['errors', 'plain', 'version', 'waiting', 'files', 'process', 'progress'];
const everything = [''];
/** The folders of providers; one that the house does not name may import what a provider of clusters with an API server does. */
const providers = readdirSync(new URL('src/cluster', import.meta.url))
  .filter((folder) => existsSync(new URL(`src/cluster/${folder}/provider.ts`, import.meta.url)))
  .map((folder) => `cluster/${folder}`);
const provider = { may: [...shared, contract, 'cluster/engine', 'cluster/kube', 'load', 'setup'] };

/** A pure folder names the packages that it may import; none of them does input or output, and `node:` modules are not among them. */
const house = {
  ...Object.fromEntries(providers.map((folder) => [folder, provider])),
  errors: { may: [], packages: [] },
  plain: { may: [], packages: [] },
  version: { may: [] },
  waiting: { may: ['errors'] },
  files: { may: ['errors', 'plain', 'waiting'] },
  process: { may: ['errors', 'files', 'plain', 'waiting'] },
  progress: { may: ['errors', 'plain', 'waiting'] },

  proof: { may: [], packages: ['zod'] },
  stats: { may: [], packages: ['simple-statistics', 'hdr-histogram-js', 'pako'] },
  setup: { may: shared },
  options: { may: ['errors', 'plain'], packages: ['commander'] },
  [contract]: { may: [...shared, 'options', 'proof', 'setup'] },
  workload: { may: ['errors'] },
  ingress: { may: [...shared, contract] },
  load: { may: [...shared, contract, 'stats', 'workload'] },
  agent: { may: ['load', 'workload', 'ingress'] },

  'cluster/addresses': { may: ['errors'], packages: ['ipaddr.js'] },
  'cluster/kernel': { may: [...shared, contract, 'proof'] },
  'cluster/kube': {
    may: [...shared, contract, 'proof', 'cluster/addresses', 'cluster/kernel', 'ingress', 'load', 'agent', 'workload'],
  },
  'cluster/engine': {
    may: [...shared, contract, 'cluster/addresses', 'cluster/kernel', 'cluster/kube', 'load', 'agent', 'setup'],
  },
  'cluster/fabric': {
    may: [...shared, contract, 'cluster/addresses', 'cluster/kernel', 'load', 'agent', 'setup'],
  },
  'cluster/kubeconfig': { may: [...shared, contract, 'proof', 'cluster/kernel', 'cluster/kube', 'load', 'agent', 'setup'] },
  'cluster/netns': {
    may: [
      ...shared,
      contract,
      'proof',
      'cluster/addresses',
      'cluster/kernel',
      'cluster/kube',
      'cluster/fabric',
      'ingress',
      'load',
      'agent',
      'setup',
      'workload',
    ],
  },
  'cluster/registry': { may: [contract, ...providers] },

  lab: { may: ['errors', 'plain', 'files', 'options', contract, 'cluster/addresses'] },
  results: { may: ['errors', 'plain', 'files', 'options', 'proof', contract, 'lab', 'stats'] },
  probe: { may: [...shared, 'proof', contract, 'cluster/kernel', 'lab', 'load', 'results', 'stats', 'workload'] },
  compare: { may: ['errors', 'proof', contract, 'lab', 'results', 'stats'], packages: ['simple-statistics'] },
  words: { may: ['errors', 'plain', 'proof', contract, 'lab', 'results', 'compare', 'stats'], packages: [] },
  run: { may: [...shared, 'proof', contract, 'lab', 'load', 'probe', 'results', 'words'] },
  report: {
    may: ['errors', 'plain', 'options', 'proof', contract, 'lab', 'results', 'compare', 'stats', 'words'],
    packages: ['picocolors', 'cli-table3', 'csv-stringify', 'zod', 'echarts', '@noble/hashes', '@scure/base'],
  },
  picker: {
    may: ['errors', 'plain', 'options', contract, 'lab', 'report', 'words'],
    packages: ['inquirer', '@inquirer', 'cli-truncate'],
  },
  commands: { may: everything },
  cli: { may: everything },
  index: { may: everything },
};

/** Files that have to be pure within a folder that is not, with all that they import. */
const pure = [
  { from: '^src/lab/(?!read-lab\\.ts)', packages: ['zod', 'yaml', 'semver'], not: '^src/(files|lab/read-lab\\.ts)' },
  {
    from: '^src/ingress/(?!(controller|loop|api-server|events|watch|processes|effects|sidecar)\\.ts)',
    packages: ['@kubernetes/client-node', 'yaml', '@noble/hashes'],
    not: '^src/(waiting|files|process|progress)/|^src/ingress/(controller|loop|api-server|events|watch|processes|effects|sidecar)\\.ts',
  },
  {
    from: '^src/cluster/netns/proxy/',
    packages: ['@kubernetes/client-node'],
    only: '^src/(errors\\.ts|cluster/(contract|kernel|addresses|netns/proxy)/)',
  },
  {
    from: '^src/cluster/kube/manifests/',
    packages: ['@kubernetes/client-node'],
    only: '^src/(errors\\.ts|cluster/contract/|cluster/kube/(manifests/|images\\.ts))',
  },
];

const at = (folder) => `^src/${folder}(/|\\.ts$)`;
const named = (packages) => packages.map((name) => `(^|(^|/)node_modules/)${name}(/|$)`);

export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'one-starter-of-processes',
      comment: 'Only src/process/exec.ts starts processes.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/process/exec\\.ts$' },
      to: { path: ['^child_process$', '(^|/)node_modules/execa/'] },
    },
    {
      name: 'commands-are-called-by-the-command-line',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: { path: '^src/(cli|index)\\.ts$' },
    },
    ...Object.entries(house).map(([folder, { may }]) => ({
      name: `${folder}-imports-down`,
      comment: `Imports point down: ${folder} may import ${may.join(', ') || 'nothing'} (.dependency-cruiser.mjs).`,
      severity: 'error',
      from: { path: at(folder) },
      to: { path: '^src/', pathNot: [at(folder), ...may.map((one) => (one === '' ? '^src/' : at(one)))] },
    })),
    ...Object.entries(house)
      .filter(([, { packages }]) => packages)
      .map(([folder, { packages }]) => ({
        name: `${folder}-is-pure`,
        comment: 'This folder is pure: no node: module, no process. Pass what it needs as data.',
        severity: 'error',
        from: { path: at(folder) },
        to: { pathNot: ['^src/', ...named(packages)] },
      })),
    ...pure.flatMap(({ from, packages, not, only }) => [
      {
        name: 'pure-files-know-packages-without-effects',
        severity: 'error',
        from: { path: from },
        to: { pathNot: ['^src/', ...named(packages)] },
      },
      {
        name: 'pure-files-import-pure-files',
        severity: 'error',
        from: { path: from },
        to: { ...(not ? { path: not } : { path: '^src/' }), ...(only ? { pathNot: only } : {}) },
      },
    ]),
    {
      name: 'pure-folders-read-no-files',
      comment: 'What lab/read-lab.ts and results/ read or write, commands/ and run/ pass on as data.',
      severity: 'error',
      from: { path: '^src/(compare|words|report|picker)/' },
      to: { path: '^src/(lab/read-lab|results/(read|append|directory|facts))\\.ts$' },
    },
    {
      name: 'every-folder-is-in-the-house',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(house).map(at) },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
