import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;

/** Per file what it imports and must not, then what it imports and may. */
const files: Record<string, { refused: readonly string[]; allowed: readonly string[] }> = {
  'src/exec.ts': { refused: ['./run/stage.ts', './cluster/provider.ts'], allowed: ['execa', './errors.ts', 'node:fs'] },
  'src/wait.ts': { refused: ['execa', 'node:child_process', './lab/plan.ts', './cli.ts'], allowed: ['./errors.ts'] },
  'src/stats/a.ts': {
    refused: ['node:fs', 'execa', '../exec.ts', '../lab/plan.ts', 'node:crypto', '../cluster/provider.ts'],
    allowed: ['./b.ts', 'simple-statistics', 'hdr-histogram-js'],
  },
  'src/lab/a.ts': {
    refused: ['node:path', './load.ts', '../run/stage.ts', '../cluster/registry.ts', '../results/read.ts', '../progress.ts'],
    allowed: ['./plan.ts', 'zod', '../errors.ts', '../cluster/provider.ts', '../results/schema.ts'],
  },
  'src/lab/load.ts': {
    refused: ['../commands/lab.ts', '../cluster/engine/engine.ts', '../cluster/registry.ts', 'node:child_process'],
    allowed: ['node:fs/promises', 'yaml', './schema.ts', '../errors.ts'],
  },
  'src/compare/a.ts': {
    refused: ['node:fs', '../results/read.ts', '../lab/load.ts', '../run/stage.ts', '../exec.ts'],
    allowed: ['./b.ts', '../stats/holm.ts', '../results/schema.ts', '../lab/plan.ts'],
  },
  'src/report/a.ts': {
    refused: [
      'node:fs',
      '../results/append.ts',
      '../exec.ts',
      '../progress.ts',
      '../commands/report.ts',
      '../cluster/engine/engine.ts',
    ],
    allowed: ['./b.ts', '../compare/verdict.ts', 'cli-table3', '../results/run.ts'],
  },
  'src/cluster/netns/proxy/a.ts': {
    refused: ['node:fs', '../apply.ts', '../../fabric/batch.ts', '../../registry.ts', '../../../exec.ts', 'execa'],
    allowed: ['./b.ts', '../../proxy-names.ts', '../../provider.ts', '@kubernetes/client-node'],
  },
  'src/ingress/a.ts': {
    refused: ['node:fs', './controller.ts', './effects.ts', './watch.ts', '../wait.ts', '../exec.ts', '../load/session.ts'],
    allowed: ['./model.ts', '@kubernetes/client-node', 'yaml', '@noble/hashes/sha2.js', '../cluster/provider.ts'],
  },
  'src/ingress/controller.ts': {
    refused: ['execa', '../cluster/netns/cluster.ts', '../probe/prove-path.ts'],
    allowed: ['node:timers/promises', '../wait.ts', './model.ts'],
  },
  'src/cluster/kube/manifests/a.ts': {
    refused: ['node:fs', '../client.ts', '../../kind/create.ts', '../../../exec.ts'],
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
    allowed: ['./b.ts', '../provider.ts', '../../exec.ts', '../../probe/service-rules.ts', './manifests/service.ts'],
  },
  'src/cluster/engine/a.ts': {
    refused: ['../kind/create.ts', '../k3d/create.ts', '../netns/cluster.ts', '../registry.ts', '../../run/stage.ts', 'execa'],
    allowed: ['./engine.ts', '../kube/stage.ts', '../router/frr.ts', '../../exec.ts'],
  },
  'src/cluster/k3d/a.ts': {
    refused: ['../kind/create.ts', '../netns/cluster.ts', '../fabric/batch.ts', '../../run/stage.ts', 'execa'],
    allowed: ['../engine/engine.ts', '../kube/client.ts', '../../exec.ts'],
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
    allowed: ['../engine/engine.ts', '../kube/client.ts', '../../exec.ts', '../../setup/packages.ts'],
  },
  'src/cluster/netns/a.ts': {
    refused: ['../engine/engine.ts', '../kind/create.ts', '../registry.ts', '../../commands/lab.ts', 'node:child_process'],
    allowed: ['../fabric/batch.ts', './proxy/iptables.ts', '../../exec.ts', '../../load/session.ts'],
  },
  'src/cluster/registry.ts': {
    refused: ['../run/stage.ts', '../commands/lab.ts'],
    allowed: ['./kind/provider.ts', './netns/provider.ts'],
  },
  'src/probe/a.ts': {
    refused: ['../run/stage.ts', '../cluster/engine/engine.ts', '../cluster/registry.ts', '../compare/a.ts'],
    allowed: ['../cluster/provider.ts', '../cluster/proxy-names.ts', '../load/session.ts', '../results/run.ts'],
  },
  'src/load/a.ts': {
    refused: [
      '../probe/prove-path.ts',
      '../results/append.ts',
      '../run/stage.ts',
      '../cluster/fabric/batch.ts',
      'node:child_process',
    ],
    allowed: ['node:net', 'autocannon', '../stats/histogram.ts', '../cluster/provider.ts', '../errors.ts'],
  },
  'src/results/a.ts': {
    refused: [
      '../run/stage.ts',
      '../load/session.ts',
      '../probe/prove-path.ts',
      '../cluster/engine/engine.ts',
      '../compare/a.ts',
    ],
    allowed: ['node:fs/promises', '../cluster/provider.ts', '../lab/plan.ts', './run.ts'],
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
    allowed: ['../cluster/provider.ts', '../probe/prove-path.ts', '../load/session.ts', '../results/append.ts', './stage.ts'],
  },
  'src/picker/a.ts': {
    refused: ['node:fs', '../exec.ts', '../lab/load.ts', '../run/stage.ts', '../cluster/registry.ts', '../commands/lab.ts'],
    allowed: ['./b.ts', 'inquirer', '../lab/plan.ts', '../cluster/topology.ts', '../report/wrap.ts'],
  },
  'src/commands/a.ts': {
    refused: ['../cli.ts', '../index.ts', 'execa'],
    allowed: ['../run/run.ts', '../report/text.ts', '../compare/a.ts', '../cluster/registry.ts', '../lab/load.ts'],
  },
};

test('imports point down, and pure folders stay pure: the linter says so', async () => {
  await using project = await temporaryDirectory();
  for (const [file, { refused, allowed }] of Object.entries(files)) {
    await mkdir(dirname(join(project.path, file)), { recursive: true });
    await writeFile(join(project.path, file), [...refused, ...allowed].map((name) => `import '${name}';\n`).join(''));
  }
  for (const config of ['biome.json', 'biome.imports.json']) await cp(join(root, config), join(project.path, config));
  const biome = join(root, 'node_modules/.bin/biome');
  const args = ['lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '--vcs-enabled=false', '--reporter=github'];
  const { stdout } = await promisify(execFile)(biome, args, { cwd: project.path }).catch((error: { stdout: string }) => error);
  const seen = Object.fromEntries(Object.keys(files).map((file) => [file, [] as string[]]));
  for (const [, file, line] of stdout.matchAll(/file=[^,]*?(src\/[^,]+),line=(\d+)/g)) {
    const { refused, allowed } = files[file!]!;
    seen[file!]!.push([...refused, ...allowed][Number(line) - 1]!);
  }
  const sorted = (lists: [string, readonly string[]][]) =>
    Object.fromEntries(lists.map(([file, list]) => [file, [...list].sort()]));
  expect(sorted(Object.entries(seen))).toEqual(sorted(Object.entries(files).map(([file, { refused }]) => [file, refused])));
});

async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'trafficlab-imports-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
