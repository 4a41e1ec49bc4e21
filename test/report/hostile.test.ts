import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { listText } from '../../src/commands/list.ts';
import { analyseBetween } from '../../src/compare/between.ts';
import { LabFileError } from '../../src/errors.ts';
import { labelOfCsv } from '../../src/report/csv-label.ts';
import { formatNames, formats } from '../../src/report/formats.ts';
import { planText } from '../../src/report/plan-text.ts';
import { readReportJson } from '../../src/report/read-json.ts';
import { makeReport, type Report } from '../../src/report/report.ts';
import { renderBetween, renderRun } from '../../src/report/text.ts';
import type { Run } from '../../src/results/run.ts';
import { failing, family, scenario, simulate, statedHops } from '../compare/simulate.ts';

const hostile: Readonly<Record<string, string>> = {
  'a script': `<script>alert(1)</script><img src=x onerror=alert(1)>"'><svg onload=alert(1)>`,
  'the end of a script': '</script><!-- <script> ]]> </style></title></textarea>',
  'a very long name': 'x'.repeat(20_000),
  'right-to-left text': 'שלום עולם مرحبا',
  'direction overrides': 'user\u202egnp.exe \u2066isolate\u2069 \u200fmark\u061c',
  'commas and quotes': `a, "b", 'c'; d\\, e\\"`,
  newlines: 'one\r\ntwo\nthree\r# four\n\n- five\u2028six',
  'ANSI escapes':
    '\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007 \u009b2J \u001b[2J\u0008\u0000\u007f',
  'borders of tables': 'a | b || c \\| d | --- |',
  'a formula': '=cmd|"/C calc"!A0',
  'a formula of another kind': '@SUM(1+1)*cmd',
  Markdown:
    '# h1\n* **bold** _it_ `code` ```fence``` [x](javascript:alert(1)) ![i](https://evil.example/i.png) @kubernetes #1 $x$ ~~s~~',
  templates: '$'.concat('{alert(1)} {{constructor.constructor("x")()}} %s %n &lt;script&gt; &#x3c;b&#x3e;'),
  'keys that every object has': 'constructor',
  'halves of a pair': 'lone \ud800 half \udfff',
};

/** A run that has one label wherever text of others comes in: file names, questions, facts, programs, pods, errors, messages. */
function runWith(label: string): Run {
  const scenarios = ['iptables-legacy' as const, 'ipvs' as const].flatMap((mode) => [
    scenario(mode, 'pod'),
    scenario(mode, 'cluster-ip'),
    scenario(mode, 'node-port'),
  ]);
  const run = simulate([family(scenarios, { title: label, series: ['keep-alive', 'new-connection'] })], {}, (one, block) => ({
    rate: 10_000 + block,
    medianUs: 100 + block,
    url: label,
    carriers: [{ component: label, node: label, kind: 'process', cpuNs: 100e6 }],
    carriersUnknown: [{ node: label, unknown: 'not-readable' }],
    errors: { [label]: one.topology.entry === 'node-port' ? 1 : 0 },
    checks:
      one.topology.entry === 'node-port'
        ? [{ ...failing('errors'), seen: { code: 'stated' as const, text: label, remedy: label } }]
        : [],
  }));
  const { plan } = run;
  return {
    ...run,
    directory: `/results/${label}/1`,
    plan: {
      ...plan,
      lab: { ...plan.lab, name: label, question: label },
      overrides: { kubernetes: label },
      provider: { name: 'netns', chosen: { code: 'stated', text: label }, options: { image: [`node=${label}`] } },
      skips: [{ code: 'stated', what: label, because: { code: 'stated', text: label, remedy: label } }],
    },
    facts: Object.fromEntries(
      Object.entries(run.facts).map(([key, facts]) => [key, { ...facts, kernel: label, [label]: { [label]: [label] } }]),
    ),
    machine: { cpuModel: label, [label]: label },
    proofs: run.proofs.map((proof) => ({
      ...proof,
      hops: statedHops(label, label),
      evidence: [{ code: 'stated' as const, text: label }],
      // One cell is not proven, and says why.
      ...(proof.scenario === 'ipvs/pod/pod' ? { proven: false, problems: [{ code: 'stated' as const, text: label }] } : {}),
      clientAddress: { client: label, seen: [label], found: 'nowhere' as const, forwardedFor: [label] },
    })),
    skips: [
      { type: 'skip', at: label, skip: { code: 'stated', what: label, because: { code: 'stated', text: label, remedy: label } } },
    ],
    ends: run.ends.map((end) => ({ ...end, outcome: 'interrupted' as const, message: label })),
    problems: [label],
  };
}

/** What a terminal or a page would obey; tab and line ends are the formats' own. */
const OBEYED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

function reportWith(label: string): Report {
  const run = runWith(label);
  const baseline = { run: { ...run, directory: '/results/then' } };
  return makeReport({ made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0', runs: [run], baseline });
}

const outsideFences = (markdown: string): string => markdown.replace(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '');

/** What each line of a Markdown text is: how many cells of a table, what heading, list or tag. */
const structure = (markdown: string): string[] =>
  outsideFences(markdown)
    .split('\n')
    .map((line) =>
      line.startsWith('|') ? `${line.split('|').length} cells` : (/^(#+ |- |<[^>]+>|$)/.exec(line)?.[0] ?? 'text'),
    );

const harmlessMarkdown = formats.md.render(reportWith('harmless'));

describe.each(Object.entries(hostile))('%s', (_what, label) => {
  const run = runWith(label);
  const report = reportWith(label);
  const rendered: Partial<Record<(typeof formatNames)[number], ReturnType<(typeof formats)['md']['render']>>> = {};
  const render = (name: (typeof formatNames)[number]) => (rendered[name] ??= formats[name].render(report));

  test.each(formatNames)('%s holds nothing that a terminal or a page would obey', async (name) => {
    const files = await render(name);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(file.name).toMatch(/^(hgrm\/)?[a-z0-9-]+\.[a-z]+$/);
      expect(file.content.match(OBEYED)).toBeNull();
      expect(file.content).toBe(Buffer.from(file.content).toString());
    }
  });

  test.each(formatNames.filter((name) => ['html', 'md'].includes(name)))('%s holds no element of the label', async (name) => {
    for (const { content } of await render(name))
      expect(outsideFences(content)).not.toMatch(/<(script>alert|img src=x|svg onload|!-- <script)|<\/script><!--/);
  });

  test('JSON reads back equal, and can stand in a page', async () => {
    const [file] = await render('json');
    expect(readReportJson(file!.content)).toEqual(report);
    expect(file!.content).not.toContain('<');
  });

  test('CSV reads back equal, and no field begins a formula', async () => {
    const [file] = await render('csv');
    const [head, ...records]: string[][] = parse(file!.content);
    const [lab, kernel, directory] = ['lab', 'kernel', 'run'].map((column) => head!.indexOf(column));
    for (const record of records) {
      expect([record[lab!], record[kernel!], record[directory!]].map((field) => labelOfCsv(field!))).toEqual([
        label,
        label,
        expect.stringContaining('/results/'),
      ]);
      expect(record).toHaveLength(head!.length);
      for (const field of record) expect(field).not.toMatch(/^[=+@\t\r]|^-(?!\d)/);
    }
  });

  test('.hgrm files hold nothing but the distribution and comments', async () => {
    for (const { content } of await render('hgrm')) {
      const lines = content.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(lines.shift()).toBe('       Value     Percentile TotalCount 1/(1-Percentile)');
      for (const line of lines) expect(line.trim()).toMatch(/^[\d.]+ +[\d.]+ +\d+( +[\d.]+)?$/);
    }
  });

  test('Markdown has the structure that it has with a harmless label', async () => {
    const [file] = await render('md');
    const text = file!.content;
    expect(text.length).toBeLessThanOrEqual(65_000);
    expect(outsideFences(text).replace(/<\/?(details|summary)>/g, '')).not.toMatch(/<[a-z!/]/i);
    expect(outsideFences(text)).not.toMatch(/@(?!&#8203;)|(?<!&)#(?=\d)|\]\(/);
    const [harmless] = await harmlessMarkdown;
    expect(structure(text)).toEqual(structure(harmless!.content));
  });

  test.each([false, true])('text for a terminal, colours %s, has no escapes but its own', (colour) => {
    const listed = [
      { name: label, file: label, lab: run.plan.lab },
      { name: label, file: label, error: new LabFileError(label) },
    ];
    const texts = [
      renderRun(run, { colour }),
      renderBetween([analyseBetween(run, run)], { colour }),
      planText(run.plan),
      listText(listed),
    ];
    for (const text of texts) {
      expect(text.replace(/\u001b\[\d+m/g, colour ? '' : '$&').match(OBEYED)).toBeNull();
      if (label.includes('\n')) expect(text).not.toMatch(/^(two|three|- five)/m);
    }
  });
});
