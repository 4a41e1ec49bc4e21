import { options } from '../options/table.ts';
import type { Report } from './report.ts';

export interface RenderedFile {
  /** Relative, with `/` between folders: "report.md", "hgrm/001-iptables.hgrm". */
  readonly name: string;
  readonly content: string;
}

export interface Format {
  readonly extension: string;
  /** Pure: the same report gives the same files. A format of one file calls it `report.<extension>`. */
  render(report: Report): Promise<readonly RenderedFile[]>;
}

/** Every format of a report; its renderer is loaded when it is asked for, so that `--help` answers at once. */
export const formats = {
  html: {
    extension: 'html',
    render: async (report) => [{ name: 'report.html', content: (await import('./html/page.ts')).reportHtml(report) }],
  },
  md: {
    extension: 'md',
    render: async (report) => [{ name: 'report.md', content: (await import('./markdown.ts')).reportMarkdown(report) }],
  },
  csv: {
    extension: 'csv',
    render: async (report) => [{ name: 'report.csv', content: (await import('./csv.ts')).reportCsv(report) }],
  },
  json: {
    extension: 'json',
    render: async (report) => [{ name: 'report.json', content: (await import('./json.ts')).reportJson(report) }],
  },
  hgrm: { extension: 'hgrm', render: async (report) => (await import('./hgrm.ts')).reportHgrm(report) },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as readonly FormatName[];

/** What `npm run report` writes where no format is named. */
export const defaultFormat: FormatName = options.format.default;
