/** `pattern`: a regular expression, anchored where the path begins. */
export type PathMatch = 'exact' | 'prefix' | 'pattern';

/** Why a path cannot be served. */
export type PathFault = 'no-slash' | 'refused-by-api' | 'too-long' | 'not-text' | 'encoded-slash' | 'pattern';

/** What a path of an Ingress comes to. */
export type PathReading =
  /**
   * `path`: decoded, as characters; a prefix has no slash at its end, but for "/". A pattern is a regular expression that must match from the
   * first character on, and need not match to the last.
   */
  | { readonly match: PathMatch; readonly path: string }
  /** Cannot be served; `head` is a start that all it covers has in common, decoded. Absent: nothing can have this path. */
  | { readonly fault: PathFault; readonly head?: string };

/**
 * Reads a path of networking.k8s.io/v1. Such a path may have characters that a URL has not (HTTPIngressPath.path), so both spellings mean the
 * same: "/café" and "/caf%C3%A9". Exact and Prefix are literal, whatever characters they have. ImplementationSpecific is a regular expression
 * where it has a character of `SPECIAL`, and Prefix otherwise.
 */
export function readPath(pathType: string, written = ''): PathReading {
  const text = written || '/';
  if (!text.startsWith('/')) return { fault: 'no-slash' };
  const literal = pathType === 'Exact' || pathType === 'Prefix';
  if (literal && API_REFUSES.test(text)) return { fault: 'refused-by-api' };
  if (!literal && SPECIAL.test(text)) return readPattern(text);

  const path = decoded(text);
  if (path === undefined) return { fault: 'not-text', head: decodableHead(text) };
  if (/%2f/i.test(text)) return { fault: 'encoded-slash', head: decodableHead(text.slice(0, text.search(/%2f/i))) };
  if (utf8Length(path) > LONGEST) return { fault: 'too-long', head: path.slice(0, HEAD_LENGTH) };
  const match = pathType === 'Exact' ? 'exact' : 'prefix';
  return { match, path: match === 'exact' ? path : path.replace(/\/+$/, '') || '/' };
}

/** What validateHTTPIngressPath of Kubernetes refuses in Exact and Prefix paths (pkg/apis/networking/validation). */
const API_REFUSES = /\/\/|\/\.{1,2}(\/|$)|%2f/i;
/** In bytes. nginx takes no word of a configuration over 4,096, and each byte may need a backslash. */
const LONGEST = 2_000;
const HEAD_LENGTH = 500;
/** Characters of a regular expression; "." alone makes none. */
const SPECIAL = /[\\^$*+?()[\]{}|]/;

function readPattern(text: string): PathReading {
  if (utf8Length(text) <= LONGEST && !NOT_TEXT.test(text) && isPortable(text)) return { match: 'pattern', path: text };
  const until = text.search(new RegExp(`${SPECIAL.source}|\\.`));
  // A quantifier may take the character before it away.
  const head = text.slice(0, /[*?{|]/.test(text[until]!) ? Math.max(until - 1, 1) : until);
  const plain = text.includes('|') ? '/' : head.slice(0, HEAD_LENGTH);
  return { fault: NOT_TEXT.test(text) ? 'not-text' : 'pattern', head: decodableHead(plain) };
}

/** What PCRE, RE2 and JavaScript read alike: no look-around, no reference back, no possessive quantifier, no class by name. */
const TOKEN =
  /\\[dDwWsSbB]|\\[^A-Za-z0-9\s]|\[\^?(?:\\[dDwWsS]|\\[^A-Za-z0-9\s]|[^\\[\]])+\]|\(\?:|\((?!\?)|\)|[*+?]|\{\d{1,3}(?:,\d{0,3})?\}|[|.^$]|[^\\[\](){}*+?|.^$]/y;
/** RE2 repeats a part at most so often, repetitions within repetitions multiplied. */
const MOST_REPEATED = 1_000;

function isPortable(text: string): boolean {
  let repeated = 1;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length; ) {
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return false;
    if (token.startsWith('{')) repeated *= Math.max(...token.match(/\d+/g)!.map(Number), 1);
  }
  if (repeated > MOST_REPEATED) return false;
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

const NOT_TEXT = /[\u0000-\u001f\u007f\ud800-\udfff]/u;

/** With each "%xx" as what it stands for; a "%" before anything else is itself. Undefined where that is no text. */
function decoded(text: string): string | undefined {
  const encoded = text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25');
  try {
    const path = decodeURIComponent(encoded);
    return NOT_TEXT.test(path) ? undefined : path;
  } catch {
    return undefined;
  }
}

/** As much of the start as is text. */
function decodableHead(text: string): string {
  for (let end = text.length; end > 1; end--) {
    const head = decoded(text.slice(0, end));
    if (head !== undefined && !/%[0-9A-Fa-f]?$/.test(text.slice(0, end))) return head.slice(0, HEAD_LENGTH);
  }
  return '/';
}

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

/** A literal text as a regular expression of every proxy. */
export const escapedPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
