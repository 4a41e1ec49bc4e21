import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;

/** Per file what it imports and must not, then what it imports and may. */
const files: Record<string, { refused: readonly string[]; allowed: readonly string[] }> = {
  'src/process/exec.ts': {
    refused: ['../run/stage.ts', '../cluster/contract/provider.ts'],
    allowed: ['execa', '../errors.ts', 'node:fs'],
  },
  'src/waiting/wait.ts': { refused: ['execa', 'node:child_process', '../lab/plan.ts', '../cli.ts'], allowed: ['../errors.ts'] },
  'src/options/a.ts': {
    refused: ['node:fs', '../lab/plan.ts', '../cluster/contract/provider.ts'],
    allowed: ['commander', '../errors.ts'],
  },
  'src/stats/a.ts': {
    refused: ['node:fs', 'execa', '../process/exec.ts', '../lab/plan.ts', 'node:crypto', '../cluster/contract/provider.ts'],
    allowed: ['./b.ts', 'simple-statistics', 'hdr-histogram-js'],
  },
  'src/lab/a.ts': {
    refused: [
      'node:path',
      './read-lab.ts',
      '../run/stage.ts',
      '../cluster/registry.ts',
      '../results/read.ts',
      '../progress/progress.ts',
      '../results/schema.ts',
    ],
    allowed: ['./plan.ts', 'zod', '../errors.ts', '../cluster/contract/provider.ts'],
  },
  'src/lab/read-lab.ts': {
    refused: ['../commands/lab.ts', '../cluster/engine/engine.ts', '../cluster/registry.ts', 'node:child_process'],
    allowed: ['node:fs/promises', 'yaml', './schema.ts', '../errors.ts'],
  },
  'src/compare/a.ts': {
    refused: ['node:fs', '../results/read.ts', '../lab/read-lab.ts', '../run/stage.ts', '../process/exec.ts'],
    allowed: ['./b.ts', '../stats/holm.ts', '../results/schema.ts', '../lab/plan.ts'],
  },
  'src/report/a.ts': {
    refused: [
      'node:fs',
      '../results/append.ts',
      '../process/exec.ts',
      '../progress/progress.ts',
      '../commands/report.ts',
      '../cluster/engine/engine.ts',
    ],
    allowed: ['./b.ts', '../compare/verdict.ts', 'cli-table3', '../results/run.ts'],
  },
  'src/cluster/netns/proxy/a.ts': {
    refused: ['node:fs', '../apply.ts', '../../fabric/batch.ts', '../../registry.ts', '../../../process/exec.ts', 'execa'],
    allowed: ['./b.ts', '../../kernel/kube-proxy-names.ts', '../../contract/provider.ts', '@kubernetes/client-node'],
  },
  'src/ingress/a.ts': {
    refused: [
      'node:fs',
      './controller.ts',
      './effects.ts',
      './watch.ts',
      '../waiting/wait.ts',
      '../process/exec.ts',
      '../load/session.ts',
    ],
    allowed: ['./model.ts', '@kubernetes/client-node', 'yaml', '@noble/hashes/sha2.js', '../cluster/contract/provider.ts'],
  },
  'src/ingress/controller.ts': {
    refused: ['execa', '../cluster/netns/cluster.ts', '../probe/prove-path.ts'],
    allowed: ['node:timers/promises', '../waiting/wait.ts', './model.ts'],
  },
  'src/cluster/kube/manifests/a.ts': {
    refused: ['node:fs', '../client.ts', '../../kind/create.ts', '../../../process/exec.ts'],
    allowed: ['./b.ts', '@kubernetes/client-node'],
  },
  'src/cluster/kube/a.ts': {
    refused: [
      '../engine/engine.ts',
      '../kind/create.ts',
      '../k3d/create.ts',
      '../netns/cluster.ts',
      '../fabric/batch.ts',
      '../../run/stage.ts',
      '../../commands/lab.ts',
    ],
    allowed: ['./b.ts', '../contract/provider.ts', '../../process/exec.ts', './manifests/service.ts'],
  },
  'src/cluster/engine/a.ts': {
    refused: ['../kind/create.ts', '../k3d/create.ts', '../netns/cluster.ts', '../registry.ts', '../../run/stage.ts', 'execa'],
    allowed: ['./engine.ts', '../kube/platform.ts', '../kube/frr.ts', '../../process/exec.ts'],
  },
  'src/cluster/k3d/a.ts': {
    refused: ['../kind/create.ts', '../netns/cluster.ts', '../fabric/batch.ts', '../../run/stage.ts', 'execa'],
    allowed: ['../engine/engine.ts', '../kube/client.ts', '../../process/exec.ts'],
  },
  'src/cluster/kind/a.ts': {
    refused: [
      '../k3d/create.ts',
      '../netns/cluster.ts',
      '../fabric/batch.ts',
      '../../run/stage.ts',
      '../../report/text.ts',
      'execa',
    ],
    allowed: ['../engine/engine.ts', '../kube/client.ts', '../../process/exec.ts', '../../setup/packages.ts'],
  },
  'src/cluster/netns/a.ts': {
    refused: ['../engine/engine.ts', '../kind/create.ts', '../registry.ts', '../../commands/lab.ts', 'node:child_process'],
    allowed: ['../fabric/batch.ts', './proxy/iptables.ts', '../../process/exec.ts', '../../load/session.ts'],
  },
  'src/cluster/registry.ts': {
    refused: ['../run/stage.ts', '../commands/lab.ts'],
    allowed: ['./kind/provider.ts', './k3d/provider.ts', './netns/provider.ts'], // a folder with a provider.ts is a provider's
  },
  'src/probe/a.ts': {
    refused: ['../run/stage.ts', '../cluster/engine/engine.ts', '../cluster/registry.ts', '../compare/a.ts'],
    allowed: [
      '../cluster/contract/provider.ts',
      '../cluster/kernel/kube-proxy-names.ts',
      '../load/session.ts',
      '../results/run.ts',
    ],
  },
  'src/load/a.ts': {
    refused: [
      '../probe/prove-path.ts',
      '../results/append.ts',
      '../run/stage.ts',
      '../cluster/fabric/batch.ts',
      'node:child_process',
    ],
    allowed: ['node:net', 'autocannon', '../stats/histogram.ts', '../cluster/contract/provider.ts', '../errors.ts'],
  },
  'src/results/a.ts': {
    refused: [
      '../run/stage.ts',
      '../load/session.ts',
      '../probe/prove-path.ts',
      '../cluster/engine/engine.ts',
      '../compare/a.ts',
    ],
    allowed: ['node:fs/promises', '../cluster/contract/provider.ts', '../lab/plan.ts', './run.ts'],
  },
  'src/run/a.ts': {
    refused: [
      '../commands/lab.ts',
      '../report/text.ts',
      '../compare/a.ts',
      '../cluster/registry.ts',
      '../cluster/engine/engine.ts',
      '../cli.ts',
    ],
    allowed: [
      '../cluster/contract/provider.ts',
      '../probe/prove-path.ts',
      '../load/session.ts',
      '../results/append.ts',
      './stage.ts',
    ],
  },
  'src/picker/a.ts': {
    refused: [
      'node:fs',
      '../process/exec.ts',
      '../lab/read-lab.ts',
      '../run/stage.ts',
      '../cluster/registry.ts',
      '../commands/lab.ts',
    ],
    allowed: ['./b.ts', 'inquirer', '../lab/plan.ts', '../cluster/contract/topology.ts', '../report/wrap.ts'],
  },
  'src/commands/a.ts': {
    refused: ['../cli.ts', '../index.ts', 'execa'],
    allowed: ['../run/run.ts', '../report/text.ts', '../compare/a.ts', '../cluster/registry.ts', '../lab/read-lab.ts'],
  },
};

test('imports point down, and pure folders stay pure: dependency-cruiser says so', async () => {
  await using project = await temporaryDirectory();
  const create = async (file: string, text: string, flag = 'w') => {
    await mkdir(dirname(join(project.path, file)), { recursive: true });
    await writeFile(join(project.path, file), text, { flag }).catch(() => {});
  };
  await symlink(join(root, 'node_modules'), join(project.path, 'node_modules'));
  for (const config of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'])
    await cp(join(root, config), join(project.path, config));
  for (const [file, { refused, allowed }] of Object.entries(files))
    await create(file, [...refused, ...allowed].map((name) => `import '${name}';\n`).join(''));
  for (const [file, { refused, allowed }] of Object.entries(files))
    for (const name of [...refused, ...allowed].filter((one) => one.startsWith('.')))
      await create(join(dirname(file), name), 'export {};\n', 'wx');
  const argv = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src'];
  const { stdout } = await promisify(execFile)(join(root, 'node_modules/.bin/depcruise'), argv, {
    cwd: project.path,
    maxBuffer: 2 ** 26,
  }).catch((error: { stdout: string }) => error);
  const { modules }: { modules: readonly Module[] } = JSON.parse(stdout);
  for (const [file, { refused, allowed }] of Object.entries(files)) {
    const { dependencies } = modules.find(({ source }) => source === file)!;
    const seen = dependencies.filter(({ rules = [] }) => rules.some(({ name }) => name !== 'no-circles'));
    expect(seen.map(({ module }) => module).sort(), file).toEqual(refused.map((name) => name.replace('node:', '')).sort());
    expect(dependencies, file).toHaveLength(refused.length + allowed.length);
  }
});

interface Module {
  readonly source: string;
  readonly dependencies: readonly { readonly module: string; readonly rules?: readonly { readonly name: string }[] }[];
}

async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'trafficlab-imports-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
