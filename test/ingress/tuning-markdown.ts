import { type ControllerName, tunings } from '../../src/cluster/contract/topology.ts';
import { type SettingName, tuningTable } from '../../src/ingress/tuning.ts';

const controllers: readonly ControllerName[] = ['nginx', 'haproxy', 'traefik'];

const names: Readonly<Record<SettingName, string>> = {
  workers: 'workers: processes, threads, cores',
  upstreamHttpVersion: 'HTTP to the backend',
  upstreamIdleConnections: 'idle connections kept to a backend',
  upstreamIdleMs: '... for',
  upstreamRequestsPerConnection: '... requests on each',
  upstreamReuse: '... used again by',
  upstreamConnectMs: 'time to connect to a backend',
  upstreamSilenceMs: 'silence of a backend',
  clientIdleMs: 'idle connection of a client',
  clientRequestsPerConnection: '... requests on it',
  clientHeadersMs: "time for a request's headers",
  clientBodyMs: '... for its body',
  accessLog: 'access log',
  requestBuffering: 'request read whole before it is passed on',
  responseBuffering: 'response buffered',
  requestHeaderBytes: 'headers of a request, at most',
  responseHeaderBytes: 'headers of a response, at most',
  compression: 'compression',
};

/** The table of docs/ingress-controllers.md: every setting of every proxy in each tuning. */
export function tuningMarkdown(): string {
  const columns = controllers.flatMap((controller) => tunings.map((tuning) => ({ controller, tuning })));
  const rows = [
    ['setting', ...columns.map(({ controller, tuning }) => `${controller}, ${tuning}`)],
    ...(Object.keys(names) as SettingName[]).map((name) => [
      names[name],
      ...columns.map(({ controller, tuning }) => shown(name, tuningTable[controller][name][tuning])),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function shown(name: SettingName, value: string | number): string {
  if (typeof value === 'string') return value === 'cores' ? 'all cores' : value;
  if (name.endsWith('Ms')) return value >= 3_600_000 ? `${value / 3_600_000} h` : `${value / 1000} s`;
  return name.endsWith('Bytes') ? `${value / 1024} KiB` : value.toLocaleString('en');
}
