import { type ExitCode, exitCode } from '../errors.ts';
import { type ListedLab, listLabs } from '../lab/read-lab.ts';
import { print } from '../process/standard-output.ts';
import { plainLabel, plainText } from '../report/plain.ts';
import { wrap } from '../report/wrap.ts';

/** Prints every lab with its question on stdout; a lab file with mistakes is listed with them. */
export async function listCommand(): Promise<ExitCode> {
  print(listText(await listLabs()));
  return exitCode.ok;
}

/** The labs and their questions, aligned, at most 100 columns. */
export function listText(labs: readonly ListedLab[]): string {
  const names = labs.map(({ name }) => plainLabel(name));
  const widest = Math.max(0, ...names.map(({ length }) => length));
  const rows = labs.flatMap((listed, index) => {
    const head = `${names[index]!.padEnd(widest)}  `;
    if ('lab' in listed) return wrap(plainLabel(listed.lab.question), head);
    return [
      `${head}this file has mistakes:`,
      ...plainText(listed.error.message)
        .split('\n')
        .flatMap((line) => wrap(line, ' '.repeat(widest + 4))),
    ];
  });
  return `${rows.join('\n')}\n`;
}
