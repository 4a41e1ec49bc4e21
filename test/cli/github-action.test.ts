import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parseAction } from '@actions/workflow-parser/actions/action-parser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exec } from '../../src/process/exec.ts';

const action = readFileSync('action.yml', 'utf8');
const workflow = '.github/workflows/lab-on-pull-request.yml';
const workflows = readdirSync('.github/workflows').map((name) => `.github/workflows/${name}`);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trafficlab-action-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('what GitHub would read', () => {
  test("the action and the workflows pass GitHub's own parsers", () => {
    const files = [
      parseAction({ name: 'action.yml', content: action }, new NoOperationTraceWriter()),
      ...workflows.map((name) => parseWorkflow({ name, content: readFileSync(name, 'utf8') }, new NoOperationTraceWriter())),
    ];
    for (const { context } of files) expect(context.errors.getErrors()).toEqual([]);
  });

  test('actions of others are pinned by commit, because a tag can be moved', () => {
    const files = ['action.yml', 'docs/github-action.md', ...workflows].map((name) => readFileSync(name, 'utf8'));
    const used = files.flatMap((text) => [...text.matchAll(/uses: (actions\/\S+)/g)].map(([, name]) => name));
    expect(used.length).toBeGreaterThan(5);
    for (const name of used) expect(name).toMatch(/@[0-9a-f]{40}$/);
  });

  test('no shell reads what a pull request can name', () => {
    const steps = (parse(action) as { runs: { steps: { run?: string }[] } }).runs.steps;
    const commands = steps.flatMap(({ run }) => run ?? []);
    expect(commands.length).toBeGreaterThan(1);
    for (const run of commands) expect(run).not.toContain('${{');
  });

  test('what the workflow gives is what the action takes', () => {
    const { inputs } = parse(action) as { inputs: Record<string, unknown> };
    const { jobs } = parse(readFileSync(workflow, 'utf8')) as {
      jobs: Record<string, { steps: { uses: string; with?: object }[] }>;
    };
    const given = Object.values(jobs).flatMap(({ steps }) => steps.filter(({ uses }) => uses === './'));
    expect(given).toHaveLength(1);
    for (const { with: values = {} } of given) expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(values)));
  });
});

describe('a lab in a job', () => {
  /** As a step of a job; a lab that cannot run here leaves the stored run, which stands for one of the job. */
  async function step(env: Readonly<Record<string, string>>) {
    const [output, summary] = [join(folder, 'output'), join(folder, 'summary')];
    await Promise.all([output, summary].map((file) => writeFile(file, '')));
    const run = await exec([process.execPath, 'scripts/github-action/run-lab.mjs'], {
      accept: 'any',
      env: { RUNNER_TEMP: folder, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, ...env },
    });
    return { ...run, outputs: await readFile(output, 'utf8'), summary: await readFile(summary, 'utf8') };
  }
  const stored = async () => {
    await mkdir(join(folder, 'trafficlab-results'));
    await cp('test/fixtures/runs/ipvs', join(folder, 'trafficlab-results', 'ipvs'), { recursive: true });
  };

  test('a lab that is refused fails the job with its own words, and nothing is reported', async () => {
    const { exitCode, stdout, outputs, summary } = await step({ LAB: 'ipsv', OPTIONS: '' });
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^::error title=trafficlab::trafficlab: no such lab: ipsv; the nearest is ipvs/m);
    expect([outputs, summary]).toEqual(['', '']);
  });

  test('what was measured is in the summary, whatever became of the lab; no shell reads its options', async () => {
    await stored();
    const { exitCode, outputs, summary } = await step({
      LAB: 'ipsv',
      OPTIONS: `--seed $(touch ${folder}/ran) ; touch ${folder}/ran`,
    });
    expect(exitCode).toBe(2);
    const markdown = join(folder, 'trafficlab-results', 'report.md');
    expect(outputs).toBe(`results=${join(folder, 'trafficlab-results')}\nmarkdown=${markdown}\n`);
    expect(summary).toBe(await readFile(markdown, 'utf8'));
    await expect(readFile(join(folder, 'ran'))).rejects.toThrow('ENOENT');
  });
});

describe('the comment', () => {
  interface Asked {
    readonly method?: string;
    readonly url?: string;
    readonly authorization?: string;
    readonly body: { readonly body?: string };
  }

  /** GitHub as the step sees it: two pages of comments, the last of which may be ours. */
  async function comment(comments: readonly { id: number; body: string }[], refuse = 0) {
    const asked: Asked[] = [];
    const server = createServer(async (request, response) => {
      const { method, url } = request;
      asked.push({ method: method!, url: url!, authorization: request.headers.authorization!, body: await bodyOf(request) });
      const page = Number(new URL(url!, 'http://x').searchParams.get('page'));
      response.statusCode = method === 'GET' || refuse === 0 ? 200 : refuse;
      response.end(
        JSON.stringify(method === 'GET' ? comments.slice((page - 1) * 100, page * 100) : { message: 'Resource not accessible' }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [event, markdown] = [join(folder, 'event.json'), join(folder, 'report.md')];
    await writeFile(event, JSON.stringify({ pull_request: { number: 7 } }));
    await writeFile(markdown, '## An answer\n');
    try {
      const env = {
        LAB: './labs/a --> b.yaml',
        MARKDOWN: markdown,
        GITHUB_TOKEN: 'secret',
        GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        GITHUB_REPOSITORY: 'o/r',
        GITHUB_EVENT_PATH: event,
      };
      const ended = await exec([process.execPath, 'scripts/github-action/comment.mjs'], { accept: 'any', env });
      return { ...ended, asked, written: asked.filter(({ method }) => method !== 'GET') };
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  const others = Array.from({ length: 100 }, (_, id) => ({ id, body: 'somebody else' }));

  test('a first one is posted, a later one rewrites it, wherever it stands', async () => {
    const first = await comment(others);
    expect(first.exitCode).toBe(0);
    expect(first.written).toMatchObject([
      { method: 'POST', url: '/repos/o/r/issues/7/comments', authorization: 'Bearer secret' },
    ]);
    const { body = '' } = first.written[0]!.body;
    expect(body.split('-->')).toHaveLength(2);
    expect(body).toMatch(/^<!-- trafficlab .* -->\n## An answer\n$/);
    const second = await comment([...others, { id: 123, body }]);
    expect(second.written).toMatchObject([{ method: 'PATCH', url: '/repos/o/r/issues/comments/123' }]);
  });

  test('a token that may only read fails nothing and says what is needed; anything else fails', async () => {
    const fork = await comment([], 403);
    expect([fork.exitCode, fork.stdout]).toEqual([0, expect.stringContaining('pull-requests: write')]);
    const broken = await comment([], 500);
    expect([broken.exitCode, broken.stdout]).toEqual([1, expect.stringContaining('::error')]);
  });
});

async function bodyOf(request: IncomingMessage): Promise<{ readonly body?: string }> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}
