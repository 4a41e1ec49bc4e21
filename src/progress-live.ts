import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import pc from 'picocolors';
import type { Progress } from './progress.ts';
import { type CellProgress, cellTable } from './progress-table.ts';

/** A list in a terminal: each step with what it waits for and how long; while load runs, a line for each cell. */
export function liveProgress(stream: NodeJS.WriteStream): Progress {
  const cells = new Map<string, CellProgress>();
  const all: Progress['all'] = async (steps) => {
    const values: unknown[] = [];
    const logger = new ListrLogger({ useIcons: false, processOutput: new ProcessOutput(stream, stream) });
    const list = new Listr<undefined, 'default', 'simple'>([], {
      concurrent: true,
      exitOnError: false,
      collectErrors: 'full',
      registerSignalListeners: false,
      renderer: 'default',
      rendererOptions: {
        collapseErrors: false,
        showErrorMessage: false,
        logger,
        timer: { condition: true, field: (ms) => `${(ms / 1000).toFixed(1)} s`, format: () => pc.dim },
      },
    });
    steps.forEach(({ title, work }, index) => {
      list.add({
        title,
        task: async (_context, task) => {
          values[index] = await work({
            update: (text) => {
              task.output = text;
            },
            cell: (cell) => {
              cells.set(`${cell.family} ${cell.scenario} ${cell.series}`, cell);
              task.output = cellTable([...cells.values()], cell, { columns: stream.columns || 80, rows: stream.rows || 24 });
            },
          });
        },
      });
    });
    await list.run();
    const [failure] = list.errors;
    if (failure) throw failure.error;
    return values as never;
  };
  return {
    all,
    step: async (title, work) => (await all([{ title, work }]))[0] as never,
    note: (text) => void stream.write(`${text}\n`),
  };
}
