import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { type ExitCode, exitCode, UsageError } from '../errors.ts';
import type { Overrides } from '../lab/overrides.ts';
import { labSchemaFile, labText, listLabs } from '../lab/read-lab.ts';
import { labTemplate } from '../lab/template.ts';
import type { CommandOptions } from '../options/table.ts';
import { plainLabel } from '../plain.ts';
import { print } from '../process/standard-output.ts';

export type NewOptions = CommandOptions<'new'>;

/** Writes a commented lab file NAME.yaml into the folder that the command was called in, and prints how to run it. @throws what `newLab` throws. */
export async function newCommand(name: string, { lab }: NewOptions): Promise<ExitCode> {
  print(`${await newLab(name, lab === undefined ? undefined : await labText(lab))}\n`);
  return exitCode.ok;
}

/**
 * Writes a lab file into the folder that the command was called in, and tells where it is and how to run it.
 * @param base the text of the lab to begin with. @param changes what is changed of it.
 * @throws UsageError for a name that is no file name or a built-in lab's, and a file that is there already.
 */
export async function newLab(name: string, base?: string, changes: Overrides = {}): Promise<string> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
    throw new UsageError(`"${plainLabel(name)}" is not a valid lab name`, {
      remedy: 'use lowercase letters, digits and hyphens, without .yaml',
    });
  if ((await listLabs()).some((listed) => listed.name === name))
    throw new UsageError(`${name} is a built-in lab; results of both would share a folder`, {
      remedy: `choose another name; to start from that lab: npm run new my-${name} -- --lab ${name}`,
    });
  const file = resolve(`${name}.yaml`);
  const path = relative(resolve(), labSchemaFile());
  const schema = path.startsWith('.') ? path : `./${path}`;
  await writeFile(file, labTemplate({ name, schema, changes, ...(base === undefined ? {} : { base }) }), { flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      const remedy = error.code === 'EEXIST' ? 'choose another name, or delete it first' : 'change to a writable folder';
      throw new UsageError(error.code === 'EEXIST' ? `${file} already exists` : error.message, { remedy });
    },
  );
  return `${file}\nrun it: npm run lab ./${name}.yaml`;
}
