import { expect, test } from 'vitest';
import { CommandError, InterruptedError } from '../../src/errors.ts';
import { exec, execLines } from '../../src/process/exec.ts';

const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];
const sh = (script: string, ...args: string[]) => ['sh', '-c', script, 'sh', ...args];

test('answers with what the program printed, without the last newline', async () => {
  expect(await exec(sh('echo one; echo two; echo three >&2'))).toEqual({ exitCode: 0, stdout: 'one\ntwo', stderr: 'three' });
});

test('arguments arrive as they are, and no shell sees them', async () => {
  const odd = ['a b', '', '$HOME', '*', "'", '"', '`id`', '; exit 3', 'line\nline', 'ü'];
  const { stdout } = await exec(node('console.log(JSON.stringify(process.argv.slice(1)))', ...odd));
  expect(JSON.parse(stdout)).toEqual(odd);
});

test.each([
  ['a string', 'text\n'],
  ['bytes', new TextEncoder().encode('text\n')],
  ['pieces as they come', pieces('te', 'xt\n')],
])('standard input can be %s', async (_what, input) => {
  expect(await exec(['cat'], { input })).toMatchObject({ stdout: 'text' });
});

async function* pieces(...all: readonly string[]) {
  yield* all;
}

test('without input, standard input is at its end', async () => {
  expect(await exec(['cat'])).toMatchObject({ exitCode: 0, stdout: '' });
});

test('env is added to this environment, and undefined takes a variable away', async () => {
  process.env.TRAFFICLAB_TEST = 'outer';
  const show = sh('echo "$TRAFFICLAB_TEST,$ADDED,$(test -n "$PATH" && echo path)"');
  expect(await exec(show, { env: { ADDED: 'yes' } })).toMatchObject({ stdout: 'outer,yes,path' });
  expect(await exec(show, { env: { TRAFFICLAB_TEST: undefined } })).toMatchObject({ stdout: ',,path' });
  delete process.env.TRAFFICLAB_TEST;
});

test('cwd is where the program runs', async () => {
  expect(await exec(['pwd'], { cwd: '/' })).toMatchObject({ stdout: '/' });
});

test('a large output arrives whole', async () => {
  const { stdout } = await exec(node("process.stdout.write('x'.repeat(20_000_000))"));
  expect(stdout.length).toBe(20_000_000);
});

test('an exit code is a failure with the command and its last words', async () => {
  const error = await failure(exec(sh('for i in 1 2 3 4 5 6 7; do echo word $i >&2; done; exit 4')));
  expect(error).toBeInstanceOf(CommandError);
  expect(error.message).toMatch(/^exit code 4: sh -c /);
  expect(error.message).toMatch(/word 3\n {2}word 4\n {2}word 5\n {2}word 6\n {2}word 7$/);
  expect(error.message).not.toContain('word 2\n');
});

test('a program that fails without a word on stderr is quoted from stdout', async () => {
  expect((await failure(exec(sh('echo reason; exit 1')))).message).toMatch(/\n {2}reason$/);
});

test('exit codes can be answers', async () => {
  expect(await exec(sh('exit 3'), { accept: [0, 3] })).toMatchObject({ exitCode: 3 });
  expect(await exec(sh('exit 77'), { accept: 'any' })).toMatchObject({ exitCode: 77 });
  await expect(exec(sh('exit 2'), { accept: [0, 3] })).rejects.toThrow('exit code 2');
  await expect(exec(sh('exit 0'), { accept: [3] })).rejects.toThrow('exit code 0');
});

test('a program that is not there is named, with what to do', async () => {
  const error = await failure(exec(['no-such-program-here', 'argument']));
  expect([error.message, error.remedy]).toEqual([
    'not found: no-such-program-here',
    'install no-such-program-here, or put it on PATH',
  ]);
});

test('a program that may not be run is a failure even where any exit code is an answer', async () => {
  const error = await failure(exec(['/etc/passwd'], { accept: 'any' }));
  expect(error).toBeInstanceOf(CommandError);
  expect(error.message).toMatch(/^cannot start: \/etc\/passwd/);
});

test('a program that a signal ends is a failure even where any exit code is an answer', async () => {
  const error = await failure(exec(sh('kill -KILL $$'), { accept: 'any' }));
  expect(error.message).toMatch(/^ended by SIGKILL: /);
});

test('out of time: ended, said so, with its last words', async () => {
  const error = await failure(exec(sh('echo working; exec sleep 60'), { timeoutMs: 300, accept: 'any' }));
  expect(error).toBeInstanceOf(CommandError);
  expect(error.message).toMatch(/^timed out after 300 ms: sh -c .*\n {2}working$/);
});

test('a signal stops it, before or while it runs', async () => {
  expect(await failure(exec(['sleep', '60'], { signal: AbortSignal.abort() }))).toBeInstanceOf(InterruptedError);
  const stop = new AbortController();
  const running = failure(exec(node("console.log('up'); setInterval(() => {}, 1000)"), { signal: stop.signal }));
  stop.abort();
  expect(await running).toBeInstanceOf(InterruptedError);
});

test('one that ignores the polite request is killed', async () => {
  const deaf = node("process.on('SIGTERM', () => {}); console.log('deaf', process.pid); setInterval(() => {}, 1000)");
  const stop = new AbortController();
  let pid = 0;
  const running = failure(
    (async () => {
      for await (const line of execLines(deaf, { signal: stop.signal })) {
        pid = Number(line.split(' ')[1]);
        stop.abort();
      }
    })(),
  );
  expect(await running).toBeInstanceOf(InterruptedError);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('lines come while the program still runs', async () => {
  const seen: string[] = [];
  for await (const line of execLines(['sh', '-c', 'echo first; read answer; echo "got $answer"'], { input: reply(seen) }))
    seen.push(line);
  expect(seen).toEqual(['first', 'got word']);
});

/** Answers only after the first line was seen, which a program that buffered would never let happen. */
async function* reply(seen: readonly string[]) {
  await expect.poll(() => seen.length, { timeout: 10_000, interval: 5 }).toBe(1);
  yield 'word\n';
}

test.each([
  ['talks on', "setInterval(() => console.log('more'), 5)"],
  [
    'talks without end',
    "setImmediate(function more() { process.stdout.write('more\\n'.repeat(1000), () => setImmediate(more)); })",
  ],
  ['is silent', 'setInterval(() => {}, 1000)'],
])('the end of the loop ends a program that %s', async (_what, then) => {
  let pid = 0;
  for await (const line of execLines(node(`console.log(process.pid); ${then}`))) {
    pid = Number(line);
    break;
  }
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('after the last line a bad ending is told as by exec', async () => {
  const seen: string[] = [];
  const error = await failure(
    (async () => {
      for await (const line of execLines(sh('echo a; echo why >&2; exit 9'))) seen.push(line);
    })(),
  );
  expect(seen).toEqual(['a']);
  expect(error.message).toMatch(/^exit code 9: .*\n {2}why$/s);
});

test('an error of the loop body is not covered by one of the program', async () => {
  const loop = async () => {
    for await (const _line of execLines(node("console.log('x'); setInterval(() => {}, 1000)"))) throw new RangeError('mine');
  };
  await expect(loop()).rejects.toThrow(new RangeError('mine'));
});

function failure(promise: Promise<unknown>): Promise<CommandError> {
  return promise.then(
    () => expect.fail('it succeeded'),
    (error: CommandError) => error,
  );
}

test('cases 9.1: a grandchild that holds standard output does not hold up the deadline', async () => {
  const error = await failure(exec(sh('sleep 60 & echo $!; wait'), { timeoutMs: 100 }));
  expect(error).toBeInstanceOf(CommandError);
  process.kill(Number(/\d+$/.exec(error.message)![0])); // the grandchild is the test's to end
});

test('cases 9.1: nor does it hold up the signal, nor the end of a loop over lines', async () => {
  const stop = new AbortController();
  const pids: string[] = [];
  const reading = async (signal: AbortSignal | undefined, leave: boolean) => {
    for await (const line of execLines(sh('sleep 60 & echo $!; wait'), signal ? { signal } : {})) {
      pids.push(line);
      if (leave) break;
      stop.abort();
    }
  };
  const [stopped] = await Promise.all([failure(reading(stop.signal, false)), reading(undefined, true)]);
  expect(stopped).toBeInstanceOf(InterruptedError);
  for (const pid of pids) process.kill(Number(pid));
});
