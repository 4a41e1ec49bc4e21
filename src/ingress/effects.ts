import { rename, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import type { ProxyEffects } from './controller.ts';

export interface FolderEffects {
  /** The configuration's path. */
  readonly file: string;
  /** Where the status listener is reached from this very process. */
  readonly status: { readonly address: string; readonly port: number };
  readonly reload: () => Promise<void>;
  /** Has the proxy look at a configuration file. @throws with the proxy's words where it would not take it. */
  readonly check?: (file: string) => Promise<void>;
}

/** Effects on a proxy whose folder is on this machine's disk and whose status listener this process can reach. */
export function folderEffects({ file, status, reload, check }: FolderEffects): ProxyEffects {
  return {
    async write(text) {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    },
    ...(check
      ? {
          async check(text: string) {
            await writeFile(`${file}.check`, text);
            await check(`${file}.check`);
          },
        }
      : {}),
    reload,
    generation: () => readGeneration(status.address, status.port),
  };
}

const ANSWER_MS = 2_000;

/** What `/generation` answers, over a connection of its own: one that is kept would go on speaking to an old worker. */
function readGeneration(address: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: address, port, path: '/generation', agent: false, timeout: ANSWER_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => {
        const { location } = response.headers;
        if (response.statusCode === 200) resolve(body.trim());
        else if (location)
          resolve(location.slice(location.lastIndexOf('/') + 1)); // traefik's way to say it
        else reject(new Error(`the status listener answered ${response.statusCode}`));
      });
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer from the status listener within ${ANSWER_MS} ms`)));
    request.on('error', reject);
  });
}
