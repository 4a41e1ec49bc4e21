import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { type ExitCode, exitCode, UsageError } from '../errors.ts';
import { labSchemaFile, labText, listLabs } from '../lab/load.ts';
import { labTemplate } from '../lab/template.ts';

export interface NewOptions {
  /** A built-in lab to begin with. */
  readonly lab?: string;
}

/**
 * Writes a commented lab file NAME.yaml into the folder that the command was called in, and prints how to run it.
 * @throws UsageError for a name that is no file name or a built-in lab's, an unknown lab to begin with, and a file that is there already.
 */
export async function newCommand(name: string, options: NewOptions): Promise<ExitCode> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
    throw new UsageError(`"${name}" is no name for a lab`, {
      remedy: 'use small letters, digits and hyphens; the file gets .yaml by itself',
    });
  if ((await listLabs()).some((listed) => listed.name === name))
    throw new UsageError(`${name} is a lab of trafficlab's own, and results of both would lie in one folder`, {
      remedy: `choose another name; to begin with that lab: npm run new my-${name} -- --lab ${name}`,
    });
  const base = options.lab === undefined ? {} : { base: await labText(options.lab) };
  const file = resolve(`${name}.yaml`);
  const schema = relative(resolve(), labSchemaFile());
  await writeFile(file, labTemplate({ name, schema: schema.startsWith('.') ? schema : `./${schema}`, ...base }), {
    flag: 'wx',
  }).catch((error: NodeJS.ErrnoException) => {
    const remedy = error.code === 'EEXIST' ? 'choose another name, or delete it first' : 'go to a folder that can be written to';
    throw new UsageError(error.code === 'EEXIST' ? `${file} is there already` : error.message, { remedy });
  });
  process.stdout.write(`${file}\nrun it: npm run lab ./${name}.yaml\n`);
  return exitCode.ok;
}
