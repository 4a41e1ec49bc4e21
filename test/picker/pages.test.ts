import { expect, test } from 'vitest';
import type { Limits } from '../../src/cluster/contract/provider.ts';
import { listLabs } from '../../src/lab/read-lab.ts';
import { commandLine, type Picked } from '../../src/picker/command-line.ts';
import { groupOf } from '../../src/picker/groups.ts';
import { type Choice, type Line, labPage, optionPage, providerPage, type Row, summary } from '../../src/picker/pages.ts';
import { chosen, type Examined, offersOf } from '../../src/picker/provider-choice.ts';
import { kindLimits } from '../lab/limits.ts';

const nothing: Limits = { ...kindLimits, provider: { code: 'stated', text: 'no container engine answers', remedy: 'start one' } };
const noOutside: Limits = {
  ...kindLimits,
  topologies: { outside: { code: 'no-route', to: 'nodes' } },
};
const examined = (name: string, limits: Limits, byNameOnly = false): Examined => ({
  name,
  byNameOnly,
  keeps: name === 'kept',
  limits,
});
const providers = [examined('absent', nothing), examined('here', noOutside), examined('kept', kindLimits, true)];
const rows: Row[] = (await listLabs()).flatMap((listed) =>
  'lab' in listed ? [{ name: listed.name, lab: listed.lab, offers: offersOf(listed.lab, providers) }] : [],
);
const row = (name: string): Row => rows.find((one) => one.name === name)!;
const choices = <T>(lines: readonly Line<T>[]): Choice<T>[] => lines.filter((line): line is Choice<T> => !('title' in line));
const picked: Picked = { lab: 'ipvs', options: {}, keep: false };

test('every lab stands under a question, and each is there once', () => {
  const page = labPage(rows, undefined, 80);
  expect(
    choices(page)
      .map(({ value }) => value.name)
      .sort(),
  ).toEqual(rows.map(({ name }) => name).sort());
  expect(page.filter((line) => 'title' in line).length).toBeGreaterThan(2);
  expect(groupOf(row('service-scale').lab)).toBe('From how many Services on?');
  expect(groupOf(row('hop-budget').lab)).toBe('What does each hop add?');
  expect(groupOf(row('traefik-bgp').lab)).toBe('Which way into the cluster?');
  expect(groupOf(row('userspace').lab)).toBe('Which kube-proxy mode?');
});

test('no line is wider than the terminal', () => {
  for (const columns of [40, 80])
    for (const line of labPage(rows, undefined, columns))
      for (const text of 'title' in line ? [line.title] : [line.name, line.disabled ?? ''])
        expect(text.length).toBeLessThanOrEqual(columns - 2);
});

test('every word that is typed has to be found, in name, question or group', () => {
  const names = (term: string) => choices(labPage(rows, term, 80)).map(({ value }) => value.name);
  expect(names('TRAEFIK enter')).toEqual(['traefik-bgp']);
  expect(names('way haproxy')).toContain('haproxy-ingress');
  expect(labPage(rows, 'no such thing', 80)).toEqual([]);
});

test('what nothing here runs by itself cannot be chosen, says why, and comes last in its group', () => {
  const lines = choices(labPage(rows, 'way', 200));
  const refused = lines.filter(({ disabled }) => disabled);
  expect(refused.map(({ value }) => value.name)).toContain('nginx-hostport');
  for (const { disabled } of refused) expect(disabled).toMatch(/cannot run here: /);
  expect(lines.slice(-refused.length)).toEqual(refused);
});

test('a provider that is only asked for is offered and never chosen', () => {
  const { lab, offers } = row('nginx-hostport');
  expect(chosen(lab, offers)).toBeUndefined();
  const page = providerPage(row('nginx-hostport'), 80);
  expect(page.filter(({ disabled }) => !disabled).map(({ value }) => value)).toEqual(['kept', 'back']);
  expect(page.find(({ value }) => value === 'absent')?.disabled).toBe('absent: no container engine answers');
  expect(chosen(row('ipvs').lab, row('ipvs').offers)?.provider.name).toBe('here');
});

test('a lab file that names its provider is run there or not at all', () => {
  const named = (provider: string) => ({ ...row('ipvs').lab, provider }) as Row['lab'];
  expect(chosen(named('kept'), row('ipvs').offers)?.provider.name).toBe('kept');
  expect(chosen(named('absent'), row('ipvs').offers)).toBeUndefined();
});

test('the command says what was picked, and nothing else', () => {
  expect(commandLine(picked)).toBe('npm run lab ipvs');
  const all: Picked = { lab: "./it's mine.yaml", provider: 'kept', options: { blocks: '12', seed: '7' }, keep: true };
  expect(commandLine(all)).toBe(`npm run lab './it'\\''s mine.yaml' -- --provider kept --blocks 12 --seed 7 --keep`);
  expect(summary(row('ipvs'), { ...picked, options: { blocks: '12' } }, 80)).toContain('\n  npm run lab ipvs -- --blocks 12\n');
});

test('options show what they are now; clusters can be kept only where they outlive the command', () => {
  const { lab } = row('ipvs');
  const named = (keeps: boolean) => optionPage(lab, { ...picked, options: { blocks: '12' } }, keeps, 80);
  expect(named(false).find(({ value }) => value === 'blocks')?.name).toMatch(/^blocks +12 /);
  expect(named(false).find(({ value }) => value === 'connections')?.name).toMatch(/^connections +1 /);
  expect(named(false).map(({ value }) => value)).not.toContain('keep');
  expect(named(true).map(({ value }) => value)).toContain('keep');
});

test('a lab that lacks only what a run fetches can be chosen, and says what is fetched', () => {
  const lacks = { code: 'programs-missing', programs: ['linux.uml'], packages: ['user-mode-linux'] } as const;
  const limits: Limits = { ...kindLimits, proxyModes: { ipvs: lacks }, families: [] };
  const { lab } = row('ipvs');
  const offers = offersOf(lab, [examined('here', limits)]);
  expect(chosen(lab, offers)?.fetches).toEqual(['linux.uml']);
  const [choice] = choices(labPage([{ name: 'ipvs', lab, offers }], undefined, 80));
  expect([choice?.disabled, choice?.description?.replace(/\s+/g, ' ')]).toEqual([
    undefined,
    `${lab.question} (here, which first downloads linux.uml)`,
  ]);
});

test('the time that a run takes follows the options', () => {
  const time = (options: Picked['options']) => {
    const [, seconds] =
      /about (\d+) s/.exec(summary(row('smoke'), { ...picked, lab: 'smoke', provider: 'here', options }, 80)) ?? [];
    return Number(seconds);
  };
  expect(time({ blocks: '12' })).toBeGreaterThan(time({}));
});
