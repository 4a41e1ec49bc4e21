import type { Seen } from './raw-client.ts';
import type { Recorded } from './recording-backend.ts';
import type { Shown } from './requests.ts';

/** One line: statuses, the Services that got a request, and what is asked for. Addresses and ports of this machine are "<address>". */
export function outcomeOf(seen: Seen, requests: readonly Recorded[], show: readonly Shown[] = []): string {
  const statuses = seen.statuses.join(', ') || (seen.ended ? 'closed' : 'no answer');
  const services = requests.map(({ service }) => service).join(' ');
  const head = services === '' ? statuses : `${statuses} ${services}`;
  return [head, ...show.flatMap((what) => shown(what, seen, requests))]
    .join('; ')
    .replace(ADDRESS, '<address>')
    .replaceAll('\0', '\\0');
}

const ADDRESS = /127\.0\.0\.1(:\d+)?/g;

function shown(what: Shown, seen: Seen, requests: readonly Recorded[]): string | readonly string[] {
  if (what === 'end') return seen.ended ? 'end' : 'goes on';
  if (what.startsWith('seen ')) return `${what}: ${valueIn(seen.text, what.slice(5))}`;
  if (what.startsWith('sent ')) {
    if (requests.length === 0) return [];
    const name = what.slice(5);
    const values = requests.map(({ headers }) => headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value));
    return `${name}: ${values.map((of) => of.join(' + ') || '-').join(', ')}`;
  }
  if (what === 'body') {
    const sent = requests.map(({ body }) => body).join('');
    if (requests.length === 0) return [];
    return sent === '' ? `client got: ${bodyOf(seen.text)}` : `body: ${sent}`;
  }
  if (requests.length === 0) return [];
  const values = requests.map((request) => {
    const value = request[what as 'method' | 'version' | 'target' | 'trailers'];
    return typeof value === 'string' ? value : value.join(' + ').toLowerCase() || '-';
  });
  return `${what}: ${values.join(', ')}`;
}

/** Of a header or a trailer. */
const valueIn = (text: string, name: string): string => new RegExp(`^${name}: *([^\\r\\n]*)`, 'im').exec(text)?.[1] ?? '-';

/** Chunks put together. */
function bodyOf(text: string): string {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  if (!/^transfer-encoding: chunked/im.test(text)) return body;
  return [...body.matchAll(/[0-9a-f]+\r\n([^\r\n]*)\r\n/gi)].map(([, chunk]) => chunk).join('');
}
