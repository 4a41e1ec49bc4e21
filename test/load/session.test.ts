import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/cluster/contract/host.ts';
import { CommandError, InterruptedError, TimeoutError, TrafficlabError, UnavailableError } from '../../src/errors.ts';
import { type LoadSession, openSession } from '../../src/load/session.ts';
import { exec, execLines } from '../../src/process/exec.ts';
import { loadJob } from './load-job.ts';

/** This machine as a host whose agent is a small program; the real agent is in agent.test.ts. */
const hostWith = (...agent: string[]): Host => ({
  name: 'client-1',
  role: 'client',
  address: '127.0.0.1',
  agent,
  exec,
  lines: execLines,
  inNetwork: exec,
});
const node = (script: string) => hostWith(process.execPath, '-e', script, '--');

/** Answers the first job, which is the session's own, and then does with the others what the script says. */
const afterHello = (script: string) =>
  node(`
    const say = (value) => console.log(typeof value === 'string' ? value : JSON.stringify(value));
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const job = JSON.parse(line);
      if (job.id === 1) return say({ id: 1, kind: 'release' });
      ${script}
    });`);

const url = 'http://127.0.0.1:9/';
const hold = { kind: 'hold', url, count: 1, timeoutMs: 1 } as const;
const errorOf = async (session: LoadSession) =>
  session.run(hold).then(
    () => undefined,
    (error: Error) => error,
  );

describe('openSession', () => {
  it('has jobs done one after another and gives each its own answer', async () => {
    await using session = await openSession(afterHello('say({ ...job, localPorts: [job.count], errors: {} })'));
    const answers = await Promise.all([1, 2, 3].map((count) => session.run({ ...hold, count })));
    expect(answers.map(({ localPorts }) => localPorts)).toEqual([[1], [2], [3]]);
  });

  it('hands on the slices of the job that is being done, and no others', async () => {
    const said = (id: string) => `say({ id: ${id}, kind: 'slices', slices: [{ target: ${id} }] });`;
    const answer = "say({ id: job.id, kind: 'load', requests: 0 });";
    await using session = await openSession(afterHello(`${said('1')} ${said('job.id')} ${answer} ${said('job.id')}`));
    const slices: unknown[] = [];
    const { id: _, ...job } = loadJob('kept', url);
    await session.run(job, (more) => slices.push(...more));
    expect(slices).toEqual([{ target: 2 }]);
  });

  it('turns a failure into an error that names the host and the job, and goes on', async () => {
    await using session = await openSession(afterHello(`say({ id: job.id, kind: 'failure', message: 'no such address' })`));
    for (let times = 0; times < 2; times++) {
      const error = await errorOf(session);
      expect(error).toBeInstanceOf(TrafficlabError);
      expect(error?.message).toBe(`the generator on client-1 failed at "hold" at ${url}: no such address`);
    }
  });

  it('tells what a generator said that died under a job, and why later jobs cannot be done', async () => {
    await using session = await openSession(afterHello(`say('out of memory'); console.error('killed'); process.exit(7)`));
    const error = await errorOf(session);
    expect(error).toBeInstanceOf(CommandError);
    expect(error?.message).toMatch(
      /^the generator on client-1 died: exit code 7: .*\n {2}killed; its last output: out of memory$/s,
    );
    expect(await errorOf(session)).toBe(error);
  });

  it('gives up a generator that does not answer in the time of the job and the slack', async () => {
    await using session = await openSession(afterHello(''), { slackMs: 2_000 });
    const error = await errorOf(session);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error?.message).toBe(`no answer from the generator on client-1 to "hold" at ${url} within 2001 ms`);
  });

  it('does not open on a host where the generator cannot start', async () => {
    await expect(openSession(hostWith('/no/such/program'))).rejects.toThrow(/client-1 died: not found: \/no\/such\/program/);
    const { agent: _, ...without } = hostWith();
    await expect(openSession(without)).rejects.toBeInstanceOf(UnavailableError);
  });

  it('stops when its signal fires', async () => {
    const stop = new AbortController();
    await using session = await openSession(afterHello(''), { signal: stop.signal });
    const error = errorOf(session);
    stop.abort();
    expect(await error).toBeInstanceOf(InterruptedError);
  });

  it('closes the input of its generator and waits for its end, also with a job under way', async () => {
    const session = await openSession(afterHello(''));
    const error = errorOf(session);
    await session[Symbol.asyncDispose]();
    expect((await error)?.message).toBe('the session on client-1 is closed');
    expect((await errorOf(session))?.message).toBe('the session on client-1 is closed');
  });
});
