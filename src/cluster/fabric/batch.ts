import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cleaningUp } from '../../errors.ts';
import { exec } from '../../process/exec.ts';

/** Many commands of one program in one process, in this namespace: `ip -batch`, `tc -batch`. The first that fails ends it. */
export async function batch(program: 'ip' | 'tc', lines: readonly string[], namespace?: string): Promise<void> {
  if (lines.length === 0) return;
  await exec([program, ...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** One `ip -batch` in each of many namespaces, as many at a time as there are processors. */
export async function batches(works: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const directory = await mkdtemp('/run/trafficlab-batch-');
  const runAll = async () => {
    const commands = await Promise.all(
      [...works].map(async ([namespace, lines], index) => {
        const file = join(directory, String(index));
        await writeFile(file, `${lines.join('\n')}\n`);
        return `-n ${namespace} -batch ${file}`;
      }),
    );
    await inEach('ip', commands);
  };
  await cleaningUp(runAll, () => rm(directory, { recursive: true }));
}

/** Runs a program once for each line of arguments (no blanks in any of them), as many at a time as there are processors. */
export async function inEach(program: string, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  await exec(['xargs', '-P', String(availableParallelism()), '-L', '1', program], { input: `${commands.join('\n')}\n` });
}
