import { readdirSync, readFileSync } from 'node:fs';

/** README.md in both languages, every page of docs/, and the formats of labs and results. */
export const documentation = () => [
  'README.md',
  'README.zh.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
  'labs/README.md',
  'results/README.md',
];

/** The commands of Markdown files, in their order, each once: each line of their ```sh blocks that is neither empty nor a comment. */
export function readmeCommands(...files) {
  const blocks = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)]);
  const lines = blocks
    .flatMap(([, block]) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line && !line.startsWith('#'));
  return [...new Set(lines)];
}
