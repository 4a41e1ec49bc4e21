import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reportHtml } from '../../../src/report/html/page.ts';
import { readReportJson } from '../../../src/report/read-json.ts';
import { makeReport } from '../../../src/report/report.ts';
import { readRun } from '../../../src/results/read.ts';
import type { Run } from '../../../src/results/run.ts';
import { fiftyScenarios } from '../many-scenarios.ts';
import { runOfHops, runOfScale } from '../runs-of-every-kind.ts';

const made = { made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0' };
const stored = (name: string) => readRun(join(import.meta.dirname, '../../fixtures/runs', name));
const then = await stored('ipvs/20261101T100000000Z-netns-11111111');
const now = await stored('ipvs/20261123T100000000Z-netns-22222222');
const page = reportHtml(makeReport({ ...made, runs: [now] }));

/** Ids of the sections, in their order. */
const sections = (html: string): string[] => [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id!);
const visible = (html: string): string => html.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replaceAll('\u00a0', ' ');
const embedded = (html: string): string => /<script type="application\/json" id="report">([\s\S]*?)<\/script>/.exec(html)![1]!;

describe('one run', () => {
  test('the question is the title, and the first words are the answer', () => {
    expect(page).toContain(`<h1><bdi>${now.plan.lab.question}</bdi></h1>`);
    const [, about, outcome] = /<p class="lead"><span class="about">(.*?)<\/span> (.*?)<span/.exec(visible(page))!;
    expect(about).toBe('<bdi>ipvs against iptables (legacy), ClusterIP, keep-alive:</bdi>');
    expect(outcome).toBe('<bdi>10.0 % slower [9.6 %, 10.4 %]</bdi>');
  });

  test('what it has data for has a section, and nothing else has', () => {
    expect(sections(page)).toEqual([
      'verdicts',
      'throughput',
      'percentiles',
      'paths',
      'validity',
      'environment',
      'repeat',
      'raw-data',
    ]);
  });

  test('a verdict stands with its ratio and its interval', () => {
    const row = visible(page)
      .split('\n')
      .find((line) => line.includes('<bdi>ipvs against iptables (legacy), ClusterIP</bdi>'));
    expect(row).toMatch(/slower.*0\.900.*\[0\.896, 0\.904\]/);
  });

  test('is repeated by the command that is shown', () => {
    expect(page).toContain(`npm run lab ipvs -- --provider netns --seed ${now.plan.seed}`);
  });

  test('holds the whole report, equal to what it was made from', () => {
    const report = makeReport({ ...made, runs: [now] });
    expect(readReportJson(embedded(page))).toEqual(report);
  });

  test('the same report gives the same page', () => {
    expect(reportHtml(makeReport({ ...made, runs: [now] }))).toBe(page);
  });
});

test('needs nothing but itself: it names no other file, and its policy lets nothing be loaded', () => {
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page)!;
  expect(policy!.replaceAll('&#39;', "'")).toMatch(
    /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'unsafe-inline'; base-uri/,
  );
  expect(visible(page)).not.toMatch(/<(link|img|iframe|object|embed|base)\b|@import|url\((?!#)|\b(src|srcset|poster)=/);
  const addresses = visible(page).match(/\b(href|action)="[^"#][^"]*"/g) ?? [];
  expect(addresses).toEqual([]);
});

describe('sections for what only some runs have', () => {
  const hops = runOfHops();
  const scale = runOfScale();
  const unproven = {
    ...scale,
    directory: '/results/simulated/2',
    proofs: scale.proofs.map((proof) => ({
      ...proof,
      proven: false,
      problems: [{ code: 'stated' as const, text: 'no rule of its own' }],
    })),
  };
  const sectionsOf = (...runs: Run[]) => sections(reportHtml(makeReport({ ...made, runs })));

  test('a lab of hops has a waterfall, and says which process used CPU', () => {
    expect(sectionsOf(hops)).toEqual(expect.arrayContaining(['waterfall', 'carriers', 'client-address', 'throughput']));
    expect(visible(reportHtml(makeReport({ ...made, runs: [hops] })))).toMatch(/ClusterIP: 13\d us, adds \+30 us/);
  });

  test('each bar of a waterfall begins where the one before ends, and is as long as what the hop adds', () => {
    const [drawing] = /<section id="waterfall">([\s\S]*?)<\/section>/.exec(reportHtml(makeReport({ ...made, runs: [hops] })))!;
    const bars = [...drawing.matchAll(/<path d="M([\d.]+) [\d.]+l([\d.]+) 0l[^>]*><title>/g)].map((bar) =>
      bar.slice(1).map(Number),
    );
    const [[from, first], [next, second]] = bars as [[number, number], [number, number]];
    expect(next).toBeCloseTo(from + first, 0);
    // Medians of 100 to 107 us, and 30 us more in every block.
    expect(second / first).toBeCloseTo(30 / 103.5, 1);
  });

  test('a lab of numbers of Services has first packets against them, and no throughput', () => {
    expect(sectionsOf(scale)).toContain('first-packet');
    expect(sectionsOf(scale)).not.toContain('throughput');
  });

  test('an unproven run has no chart at all, and says why', () => {
    expect(sectionsOf(unproven)).not.toContain('first-packet');
    const html = reportHtml(makeReport({ ...made, runs: [unproven] }));
    expect(html).not.toContain('<figure');
    expect(visible(html)).toContain('no rule of its own');
  });

  test('a process on a path is marked as one, a kernel as a kernel', () => {
    const html = visible(reportHtml(makeReport({ ...made, runs: [hops] })));
    const kinds = [...html.matchAll(/<li class="hop (\w+)">/g)].map(([, kind]) => kind);
    expect(kinds).toEqual(['client', 'kernel', 'backend', 'client', 'kernel', 'process', 'backend']);
    expect(html).toContain('through <bdi>nginx</bdi>');
    expect(html).toContain('<span class="hop process">process, <bdi>nginx</bdi></span>');
  });

  test('what nobody could look at is marked where its figures stand', () => {
    const proofs = scale.proofs.map((proof) =>
      proof.subject === 'mode'
        ? { ...proof, proven: false, unobserved: [{ code: 'stated' as const, text: 'no node can be looked into' }] }
        : proof,
    );
    const html = visible(reportHtml(makeReport({ ...made, runs: [{ ...scale, proofs }] })));
    expect(html).toMatch(
      /<th scope="row"[^>]*><bdi>nftables against iptables[^<]*<\/bdi> <span class="note">mode not observed<\/span>/,
    );
    expect(html).toContain('0 of 6 ways proven, 6 partly');
    expect(html).toContain('<figure');
  });

  test('several runs: a list of them, each with its own sections, and what became of a lab between them', () => {
    const html = reportHtml(makeReport({ ...made, runs: [then, now, hops] }));
    expect(sections(html)).toEqual(expect.arrayContaining(['between', 'run-1-verdicts', 'run-2-verdicts', 'run-3-waterfall']));
    expect(new Set(html.match(/ id="[^"]+"/g)).size).toBe(html.match(/ id="[^"]+"/g)!.length);
  });

  test('a baseline has no answers of its own, and what it was held against stands first', () => {
    const html = reportHtml(makeReport({ ...made, runs: [now], baseline: { run: then } }));
    expect(sections(html)[0]).toBe('between');
    expect(visible(html)).toContain('baseline check FAILED');
    expect(html.match(/<article/g)).toHaveLength(1);
    expect(html.indexOf('<h1>')).toBeLessThan(html.indexOf('id="between"'));
  });
});

describe('fifty scenarios', () => {
  const report = makeReport({ ...made, runs: [fiftyScenarios()] });
  const html = reportHtml(report);

  test('make a page of less than 5 MB, which says what it left out for that', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(5_000_000);
    const left = readReportJson(embedded(html)).runs[0]!;
    if (left.run.cells.some(({ histogram }) => histogram === ''))
      expect(html).toContain('histograms of single windows are left out');
    expect(left.analysis).toEqual(report.runs[0]!.analysis);
  });
});

test('cases 3: a path shows the objects that its connections moved, and by how many', () => {
  const run = runOfHops();
  const object = { kind: 'virtual-server', node: 'worker', name: '<10.0.0.1:80>', moved: 12, seenBy: 'connections' } as const;
  const proofs = run.proofs.map((proof) => (proof.scenario === 'ipvs/cluster-ip/pod' ? { ...proof, objects: [object] } : proof));
  const report = makeReport({ ...made, runs: [{ ...run, proofs }] });
  const shown = visible(reportHtml(report));
  expect(shown).toContain('1 object that counted its new connections');
  expect(shown).toMatch(/virtual server <code><bdi>&lt;10\.0\.0\.1:80&gt;<\/bdi><\/code> <b>12<\/b>/);
  expect(readReportJson(embedded(reportHtml(report)))).toEqual(report);
});
