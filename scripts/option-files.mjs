// Writes what is made of the table of options: docs/options.md, and the options that set-up must know before anything is installed.
// `node scripts/option-files.mjs` writes them, `--check` says whether they are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { loadTypeScript } from './load-typescript.mjs';
import { root } from './set-up/root.mjs';

const sources = ['src/options/table.ts', 'src/options/commands.ts', 'src/commands/choices.ts'];
const [{ optionList }, { commands }, choicesModule] = await loadTypeScript(root, sources);
const choices = await choicesModule.choices();
/** The pattern of a value that can be anything. */
const ANY = '.';
const shown = Object.entries(commands).filter(([, { hidden }]) => !hidden);

const files = { 'docs/options.md': markdown(), 'scripts/set-up/options.json': `${JSON.stringify(ofSetUp(), null, 2)}\n` };
for (const [file, wanted] of Object.entries(files)) {
  const path = join(root, file);
  if (!process.argv.includes('--check')) await writeFile(path, wanted);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== wanted) {
    console.error(`${file} is not what src/options/table.ts says; write it anew with: node scripts/option-files.mjs`);
    process.exitCode = 1;
  }
}

function ofSetUp() {
  const people = optionList.filter(({ commands: of }) => of.some((name) => !commands[name]?.hidden));
  const entries = people.map(({ npm, ...option }) => [option.name, { ...patternOf(option), ...(npm ? { npm } : {}) }]);
  // Where npm kept several, those whose values can be anything take what the others leave.
  const rank = ([, { value }]) => (value === undefined ? 2 : Number(value === ANY));
  return Object.fromEntries(entries.sort((one, other) => rank(one) - rank(other)));
}

function patternOf({ type, pattern, choices: from }) {
  if (type === 'switch') return {};
  return { value: pattern ?? (from === 'providers' ? `^(${choices.providers.join('|')})$` : ANY) };
}

function markdown() {
  return `# Commands and options

<!-- Made by scripts/option-files.mjs from src/options/; \`npm run fix\` renews it. -->

With npm, options go after \`--\`: \`npm run lab nftables -- --blocks 12\`. \`trafficlab completion bash\` (or \`zsh\`, \`fish\`) prints a completion script.

${table([['command', 'what it does'], ...shown.map(([name, { words, help }]) => [`\`${`${name} ${words}`.trim()}\``, help])])}${shown
  .flatMap(([name]) =>
    section(
      name,
      optionList.filter((option) => option.commands.includes(name)),
    ),
  )
  .join('')}${section(
  'every command',
  optionList.filter((option) => option.commands.includes('trafficlab')),
).join('')}`;
}

function section(title, list) {
  if (list.length === 0) return [];
  const rows = list.map(({ name, value, help, ...option }) => [
    `\`--${name}${value ? ` <${value}>` : ''}\``,
    help + more(option),
  ]);
  return [`\n## ${title}\n\n${table([['option', 'what it does'], ...rows])}`];
}

function more({ choices: from, lab, type, default: byDefault }) {
  const values = from === 'providers' || from === 'formats' ? choices[from] : undefined;
  return [
    values ? ` (${values.join(', ')})` : '',
    byDefault ? `; default: ${byDefault}` : '',
    type === 'texts' ? '; may be given several times' : '',
    lab ? `; sets \`${lab.join('.')}\` of the lab` : '',
  ].join('');
}

function table([head, ...rows]) {
  const cell = (text) => text.replaceAll('|', '\\|');
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |\n`).join('');
}
