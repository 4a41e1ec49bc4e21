import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import pc from 'picocolors';
import { throwFailures } from '../errors.ts';
import { plainText } from '../plain.ts';
import { inOneVoice } from './one-voice.ts';
import type { Progress, StepOptions } from './progress.ts';
import { type CellProgress, cellTable } from './table.ts';

/** A list in a terminal: each step with what it waits for and how long; while load runs, a line for each cell. */
export function liveProgress(stream: NodeJS.WriteStream): Progress {
  const cells = new Map<string, CellProgress>();
  const note = (text: string): void => void stream.write(`${plainText(text).replaceAll('\n', '\n  ')}\n`);
  const list = async <T>(steps: Parameters<Progress['all']>[0], { still = false }: StepOptions = {}): Promise<T[]> => {
    const values: unknown[] = [];
    const logger = new ListrLogger({ useIcons: false, processOutput: new ProcessOutput(stream, stream) });
    const tasks = new Listr<undefined, 'default', 'simple'>([], {
      concurrent: true,
      exitOnError: false,
      collectErrors: 'full',
      registerSignalListeners: false,
      renderer: 'default',
      rendererOptions: {
        collapseErrors: false,
        showErrorMessage: false,
        logger,
        lazy: still, // its spinner would draw ten times a second
        formatOutput: 'truncate',
        timer: { condition: true, field: (ms) => `${(ms / 1000).toFixed(1)} s`, format: () => pc.dim },
      },
    });
    steps.forEach(({ title, work }, index) => {
      tasks.add({
        title: plainText(title),
        task: async (_context, task) => {
          const update = (text: string) => {
            task.output = plainText(text);
          };
          const cell = (cell: CellProgress) => {
            cells.set(`${cell.family} ${cell.scenario} ${cell.series}`, cell);
            // Drawing takes longer than what lies between two windows: what one came to is shown as the next begins.
            if (cell.state === 'measured' && cell.cell < cell.cells) return;
            update(cellTable([...cells.values()], cell, { columns: stream.columns || 80, rows: stream.rows || 24 }));
          };
          values[index] = await work(inOneVoice({ update, cell }, note));
        },
      });
    });
    await tasks.run();
    throwFailures(tasks.errors.map(({ error }) => ({ status: 'rejected', reason: error })));
    return values as never;
  };
  return {
    all: (steps) => list(steps),
    step: async (title, work, options) => (await list([{ title, work }], options))[0] as never,
    note,
  };
}
