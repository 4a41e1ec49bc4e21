import pc from 'picocolors';
import type { TextOptions } from '../report/text.ts';

/** How standard output takes a report: a terminal in its own width and colours, anything else as it is kept. */
export function terminalText({ isTTY, columns }: NodeJS.WriteStream = process.stdout): TextOptions {
  return isTTY === true ? { colour: pc.isColorSupported, columns: columns || 80 } : { colour: false };
}
