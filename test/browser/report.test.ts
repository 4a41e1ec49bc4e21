import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium as driver, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { reportHtml } from '../../src/report/html/page.ts';
import { readReportJson } from '../../src/report/read-json.ts';
import { makeReport } from '../../src/report/report.ts';
import type { Run } from '../../src/results/run.ts';
import { statedHops } from '../compare/simulate.ts';
import { fiftyScenarios } from '../report/many-scenarios.ts';
import { runOfHops, runOfScale } from '../report/runs-of-every-kind.ts';
import { folderOfTest } from '../support/folder.ts';
import { chromium, flags } from './chromium.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const report = (runs: readonly Run[]) => makeReport({ made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0', runs });
const everyKind = report([runOfHops(), runOfScale(), { ...runOfScale(), directory: '/results/simulated-scale/2' }]);

// Run in the page, whose objects this project's types do not know.
const unfold = "for (const details of document.querySelectorAll('details')) details.open = true";
const pageWidth = 'document.documentElement.scrollWidth';

const where = chromium === undefined ? ' (skipped: no chromium, chromium-browser or google-chrome on PATH)' : '';
describe.skipIf(chromium === undefined)(`the report in a browser${where}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await driver.launch({ executablePath: chromium!, args: flags });
  });
  afterAll(() => browser?.close());

  interface Opened {
    readonly page: Page;
    /** What the console said, and every request but that for the file itself. */
    readonly complaints: readonly string[];
  }

  /** The page from disk, with no network to be had. */
  async function open(html: string, options: { colorScheme?: 'light' | 'dark'; width?: number } = {}): Promise<Opened> {
    const { colorScheme = 'light', width = 1200 } = options;
    const file = join(await folderOfTest('browser'), 'report.html');
    await writeFile(file, html);
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, offline: true });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    const url = pathToFileURL(file).href;
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => request.url() !== url && complaints.push(`request: ${request.url()}`));
    await page.goto(url);
    return { page, complaints };
  }

  const html = reportHtml(everyKind);

  test('opens from disk without a complaint and without a request, and every chart is there', async () => {
    const { page, complaints } = await open(html);
    const charts = await page
      .locator('[role=img] .wide svg')
      .evaluateAll((all) =>
        all.map((svg) => ({ marks: svg.querySelectorAll('path title').length, height: svg.getBoundingClientRect().height })),
      );
    expect(charts.length).toBeGreaterThanOrEqual(8);
    for (const { marks, height } of charts) {
      expect(marks).toBeGreaterThan(0);
      expect(height).toBeGreaterThan(100);
    }
    expect(complaints).toEqual([]);
  });

  test.each(['mouse', 'keyboard'])('a table is sorted with the %s, and says so', async (by) => {
    const { page } = await open(html);
    const table = page.locator('#run-2-verdicts table').first();
    const ratios = async () =>
      (await table.locator('tbody tr td:nth-child(3)').allTextContents()).map((text) => (text === '-' ? Infinity : Number(text)));
    const before = await ratios();
    const sorted = [...before].sort((one, other) => one - other);
    expect(before).not.toEqual(sorted);
    const button = table.getByRole('button', { name: 'ratio' });
    const press = async () => {
      if (by === 'mouse') return button.click();
      await button.focus();
      return page.keyboard.press('Enter');
    };
    await press();
    expect(await ratios()).toEqual(sorted);
    const head = table.locator('thead th:nth-child(3)');
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    await press();
    expect(await ratios()).toEqual(sorted.toReversed());
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    expect(await table.locator('thead [aria-sort]').count()).toBe(1);
  });

  test.each(['light', 'dark'] as const)('has nothing that axe finds wrong, in %s', async (colorScheme) => {
    const { page } = await open(html, { colorScheme });
    await page.evaluate(unfold);
    await page.evaluate(axe);
    const { violations, passes } = (await page.evaluate('axe.run()')) as AxeResults;
    expect(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html)])).toEqual([]);
    expect(passes.map(({ id }) => id)).toContain('color-contrast');
  });

  test('light and dark have other colours, and charts take part in it', async () => {
    const colours = async (colorScheme: 'light' | 'dark') => {
      const { page } = await open(html, { colorScheme });
      return page.evaluate<string[]>(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('[role=img] svg text')).fill]",
      );
    };
    const [light, dark] = [await colours('light'), await colours('dark')];
    for (const [index, colour] of light.entries()) expect(dark[index]).not.toBe(colour);
  });

  test.each([390, 768, 1200])('nothing is wider than a screen of %d px', async (width) => {
    const { page } = await open(html, { width });
    await page.evaluate(unfold);
    expect(await page.evaluate(pageWidth)).toBeLessThanOrEqual(width);
    const drawings = page.locator('[role=img] > div:visible');
    expect(await drawings.count()).toBe(await page.locator('[role=img]').count());
  });

  test('paper shows what was folded, and no buttons', async () => {
    const { page } = await open(html);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('details:not([open])').count()).toBe(0);
    expect(await page.locator('#download').isVisible()).toBe(false);
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await page.locator('details[open]').count()).toBe(0);
  });

  test('gives out the report that it was made from', async () => {
    const { page } = await open(html);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#download').click()]);
    expect(download.suggestedFilename()).toBe('report.json');
    const text = readFileSync(await download.path(), 'utf8');
    expect(readReportJson(text)).toEqual(everyKind);
  });

  test('obeys no label', async () => {
    const label = `<script>document.title='obeyed'</script><img src=x onerror="document.title='obeyed'"></script></style></title>"'>`;
    const run = runOfHops();
    const hostile: Run = {
      ...run,
      plan: { ...run.plan, lab: { ...run.plan.lab, name: label, question: label } },
      proofs: run.proofs.map((proof) =>
        proof.subject === 'path' ? { ...proof, hops: statedHops(label, `[${label}] x`, label) } : proof,
      ),
      skips: [{ type: 'skip', at: '', what: label, reason: 'x'.repeat(400), remedy: 'שלום עולם' }],
      problems: [label],
    };
    const { page, complaints } = await open(reportHtml(report([hostile])), { width: 390 });
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe(`${label} - trafficlab`);
    expect(await page.locator('h1').textContent()).toBe(label);
    expect(await page.locator('img, script:not([type]):not(:last-of-type)').count()).toBe(0);
    expect(await page.evaluate(pageWidth)).toBeLessThanOrEqual(390);
  });

  test('fifty scenarios have all their tables and charts', async () => {
    const { page, complaints } = await open(reportHtml(report([fiftyScenarios()])), { width: 390 });
    expect(await page.locator('#throughput figure').count()).toBe(2);
    expect(await page.locator('#first-packet figure').count()).toBe(1);
    expect(await page.evaluate(pageWidth)).toBeLessThanOrEqual(390);
    expect(complaints).toEqual([]);
  });
});
