import type { LoadAnswer, Slice } from '../load/messages.ts';
import { addCounts } from '../load/tally.ts';
import type { CellRecord } from '../results/schema.ts';
import { decode, encode, type LatencyHistogram, merge } from '../stats/histogram.ts';

/** One generator's part of a window. */
export interface GeneratorPart {
  readonly host: string;
  readonly answer: LoadAnswer;
  readonly slices: readonly Slice[];
}

/** A window of load, as the results keep it, and its latencies. */
export type LoadWindow = Pick<
  CellRecord,
  'durationMs' | 'requests' | 'histogram' | 'statusCounts' | 'errors' | 'timeouts' | 'reconnects' | 'retransmits'
> & { readonly generators: WindowGenerator[]; readonly latencies: LatencyHistogram };

/** What one generator was and used, as the results keep it. */
export interface WindowGenerator extends Readonly<LoadAnswer['generator']> {
  readonly host: string;
  readonly durationMs: number;
  readonly ports: LoadAnswer['ports'];
  readonly slices: Slice[];
}

/** Adds up what several generators measured at the same time; the window is as long as the longest of theirs. */
export function windowOf(parts: readonly GeneratorPart[]): LoadWindow {
  const answers = parts.map(({ answer }) => answer);
  const latencies = merge(answers.map(({ histogram }) => decode(histogram)));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  const reconnects = answers.flatMap((answer) => answer.reconnects ?? []);
  const retransmits = answers.flatMap((answer) => answer.retransmits ?? []);
  return {
    durationMs: Math.max(...answers.map(({ durationMs }) => durationMs)),
    requests: sum(answers.map(({ requests }) => requests)),
    histogram: encode(latencies),
    latencies,
    statusCounts: addCounts(answers.map(({ statusCounts }) => statusCounts)),
    errors: addCounts(answers.map(({ errors }) => errors)),
    timeouts: sum(answers.map(({ timeouts }) => timeouts)),
    ...(reconnects.length > 0
      ? { reconnects: { asked: sum(reconnects.map(({ asked }) => asked)), idle: sum(reconnects.map(({ idle }) => idle)) } }
      : {}),
    ...(retransmits.length === answers.length ? { retransmits: sum(retransmits) } : {}),
    generators: parts.map(({ host, answer: { durationMs, generator, ports }, slices }) => ({
      host,
      durationMs,
      ...generator,
      ports,
      slices: [...slices],
    })),
  };
}
