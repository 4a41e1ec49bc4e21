// node scripts/dead-links.mjs: links of the documentation that lead to no file or heading of this tree, commands that CI does not see, and commands that stand in one README only.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documentation, readmeCommands } from './readme-commands.mjs';

const files = documentation();
const problems = [...files.flatMap(deadLinks), ...files.flatMap(unseenCommands), ...commandsOfOne('README.md', 'README.zh.md')];
for (const problem of problems) console.log(problem);
process.exitCode = problems.length ? 1 : 0;

function deadLinks(file) {
  const text = prose(file);
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => !/^[a-z]+:/.test(link));
  return links.filter((link) => !leadsSomewhere(file, link)).map((link) => `${file}: ${link} leads nowhere`);
}

/** Commands on lines of their own that stand in no ```sh block. */
function unseenCommands(file) {
  const rest = readFileSync(file, 'utf8').replace(/^```sh\n[\s\S]*?^```$/gm, '');
  return [...rest.matchAll(/^\s*(?:\$ )?((?:npm run|npx|node scripts\/) ?.*)$/gm)].map(
    ([, line]) => `${file}: CI does not see a command outside of a sh block: ${line}`,
  );
}

function leadsSomewhere(file, link) {
  const [path, heading] = link.split('#');
  const target = path ? join(dirname(file), path) : file;
  if (!existsSync(target)) return false;
  return heading === undefined || (statSync(target).isFile() && headings(target).includes(decodeURIComponent(heading)));
}

/** As GitHub names them: small letters, no punctuation, hyphens for spaces. */
function headings(file) {
  return [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** Without code, in which brackets and number signs mean something else. */
function prose(file) {
  return readFileSync(file, 'utf8')
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()#]/g, '').replaceAll('`', ''));
}

function commandsOfOne(one, other) {
  const [a, b] = [one, other].map((file) => readmeCommands(file));
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `${other} lacks: ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `${one} lacks: ${line}`),
  ];
}
