import { describe, expect, it } from 'vitest';
import type { LoadAnswer } from '../../src/load/messages.ts';
import { windowOf } from '../../src/probe/load-window.ts';
import { checkFirstPackets, checkLoad } from '../../src/probe/validity.ts';
import { checkSchema } from '../../src/results/schema.ts';
import { createHistogram, encode, record } from '../../src/stats/histogram.ts';
import { checkWords } from '../../src/words/check.ts';

/** A histogram with so many values, and so many different ones. */
function histogram(count: number, distinct: number): string {
  const made = createHistogram();
  for (let index = 0; index < count; index++) record(made, 100 + (index % distinct));
  return encode(made);
}

const sound: LoadAnswer = {
  id: 1,
  kind: 'load',
  durationMs: 400,
  requests: 2_000,
  histogram: histogram(2_000, 100),
  statusCounts: { '200': 2_000 },
  errors: {},
  timeouts: 0,
  generator: { cpuShare: 0.5, eventLoopUtilization: 0.6 },
  ports: { range: 28_232, timeWaitBefore: 0, timeWaitAfter: 0, budget: 28_232, used: 2_500 },
  retransmits: 0,
};
const ASKED_MS = 400;
const check = (...answers: readonly LoadAnswer[]) =>
  checkLoad(windowOf(answers.map((answer, index) => ({ host: `client-${index}`, answer, slices: [] }))), ASKED_MS);
const failing = (changes: Partial<LoadAnswer>) => check({ ...sound, ...changes }).filter(({ ok }) => !ok);

describe('checkLoad', () => {
  it('cases 7.1: RFC 9112, 9.6: takes no reconnect that the server asked for as an error', () => {
    expect(failing({ reconnects: { asked: 40, idle: 3 } })).toEqual([]);
  });

  it('makes every check of a sound window, says what was seen, and none fails', () => {
    const checks = check(sound);
    expect(checks.map(({ name }) => name)).toEqual(checkSchema.shape.name.options);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    for (const { seen } of checks) expect(Object.values(checkWords(seen))).not.toContain('');
  });

  it.each<[string, Partial<LoadAnswer>, RegExp]>([
    ['errors', { errors: { ECONNRESET: 2, CLOSED: 1 } }, /ECONNRESET 2, CLOSED 1/],
    ['time-outs', { timeouts: 1 }, /1 time-out/],
    ['non-2xx', { statusCounts: { '200': 1_990, '503': 10 } }, /503: 10/],
    ['ports', { ports: { ...sound.ports, used: 28_232 } }, /28232 of 28232/],
    ['generator-bound', { generator: { cpuShare: 0.86, eventLoopUtilization: 0.6 } }, /86 % of a core/],
    ['generator-bound', { generator: { cpuShare: 0.6, eventLoopUtilization: 0.9 } }, /event loop busy 90 %/],
    ['generator-bound', { durationMs: 22_139 }, /took 22139 ms instead of 400/],
    ['retransmits', { retransmits: 3 }, /3 segments/],
    ['too-few-values', { requests: 29 }, /29 requests/],
    ['too-few-values', { histogram: histogram(2_000, 3) }, /3 different/],
  ])('fails %s and nothing else (%j)', (name, changes, seen) => {
    const failed = failing(changes);
    expect(failed.map((check) => check.name)).toEqual([name]);
    expect(checkWords(failed[0]!.seen).seen).toMatch(seen);
  });

  it('makes the checks of a generator for each of them', () => {
    const busy = { ...sound, generator: { cpuShare: 0.9, eventLoopUtilization: 0.6 } };
    const used = { ...sound, ports: { ...sound.ports, used: 28_232 } };
    expect(check(sound, sound).filter(({ ok }) => !ok)).toEqual([]);
    const failed = check(sound, busy, used).filter(({ ok }) => !ok);
    expect(failed.map(({ name }) => name)).toEqual(['ports', 'generator-bound']);
  });

  it('lets a few segments sent again pass, and a kernel that does not tell', () => {
    expect(failing({ retransmits: 2 })).toEqual([]);
    const { retransmits: _, ...untold } = sound;
    expect(check(untold).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('sees that ports ran out by the error too', () => {
    expect(failing({ errors: { EADDRNOTAVAIL: 5 } }).map(({ name }) => name)).toEqual(['errors', 'ports']);
  });
});

describe('checkFirstPackets', () => {
  const seen = { errors: {}, timeouts: 0, retransmits: 0, samples: 100, histogram: histogram(100, 6) };

  it('asks for fewer values than load does', () => {
    expect(checkFirstPackets(seen).filter(({ ok }) => !ok)).toEqual([]);
    expect(checkFirstPackets({ ...seen, samples: 9, histogram: histogram(9, 6) }).filter(({ ok }) => !ok)).toHaveLength(1);
  });

  it('counts a SYN that was sent again', () => {
    expect(checkFirstPackets({ ...seen, retransmits: 1 }).filter(({ ok }) => !ok)).toMatchObject([{ name: 'retransmits' }]);
  });
});
