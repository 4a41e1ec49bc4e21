import type { Report, ReportedRun } from '../report.ts';
import type { ReportSection, RunSection, Section, View } from './section.ts';
import { betweenRuns } from './sections/between-runs.ts';
import { carriers } from './sections/carriers.ts';
import { clientAddress } from './sections/client-address.ts';
import { environment } from './sections/environment.ts';
import { firstPacket } from './sections/first-packet.ts';
import { hopWaterfall } from './sections/hop-waterfall.ts';
import { paths } from './sections/paths.ts';
import { percentiles } from './sections/percentiles.ts';
import { rawData } from './sections/raw-data.ts';
import { repeat } from './sections/repeat.ts';
import { throughput } from './sections/throughput.ts';
import { validity } from './sections/validity.ts';
import { verdicts } from './sections/verdicts.ts';

/** What the page says of each run, in this order; a later measurement adds its own here. */
const runSections: readonly RunSection[] = [
  verdicts,
  firstPacket,
  hopWaterfall,
  throughput,
  percentiles,
  paths,
  carriers,
  clientAddress,
  validity,
  environment,
  repeat,
];

/** What it says of all runs together, before and after them. */
const before: readonly ReportSection[] = [betweenRuns];
const after: readonly ReportSection[] = [rawData];

export const sectionsOfRun = (view: View<ReportedRun>): Section[] => runSections.flatMap((section) => section(view) ?? []);

export const sectionsBefore = (view: View<Report>): Section[] => before.flatMap((section) => section(view) ?? []);

export const sectionsAfter = (view: View<Report>): Section[] => after.flatMap((section) => section(view) ?? []);
