import { readFileSync } from 'node:fs';

/** The commands of a Markdown file: each line of its ```sh blocks that is neither empty nor a comment. */
export function readmeCommands(file) {
  const blocks = [...readFileSync(file, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
  return blocks
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line && !line.startsWith('#'));
}
