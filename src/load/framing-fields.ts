/** The fields that say where a response ends and what becomes of its connection, in lower case. */
export const FRAMING_FIELDS = ['connection', 'content-length', 'transfer-encoding'] as const;
export type FramingField = (typeof FRAMING_FIELDS)[number];

export interface FramingFields {
  /** Takes one field line; `value` may have space around it. */
  add(field: FramingField, value: string): void;
  /** How the body of a response ends that may have one (RFC 9112, 6.3, from rule 4 on). Transfer-Encoding with Content-Length "ought to be handled as an error". */
  body(): 'chunked' | 'until-close' | 'bad-length' | number;
  /** Whether the connection stays after the response (RFC 9112, 9.3), as far as fields and version decide it. */
  keeps(minorVersion: number): boolean;
  clear(): void;
}

/** Collects the framing fields of one response. A field that comes several times counts as one list (RFC 9110, 5.3). */
export function createFramingFields(): FramingFields {
  let length: number | 'none' | 'bad' = 'none';
  let lastCoding: string | undefined;
  let close = false;
  let keepAlive = false;

  function addLength(value: string): void {
    if (length === 'none' && !value.includes(',')) {
      length = parseLength(value.trim()); // as nearly always
      return;
    }
    for (const member of value.split(',')) {
      const one = parseLength(member.trim());
      if (length === 'none') length = one;
      else if (length !== one) length = 'bad';
    }
  }

  function addConnection(value: string): void {
    for (const member of value.toLowerCase().split(',')) {
      const option = member.trim();
      if (option === 'close') close = true;
      else if (option === 'keep-alive') keepAlive = true;
    }
  }

  function addCoding(value: string): void {
    lastCoding ??= '';
    const codings = value.toLowerCase().split(',');
    for (const member of codings) lastCoding = member.trim() || lastCoding;
  }

  return {
    add: (field, value) => {
      if (field === 'content-length') addLength(value);
      else if (field === 'connection') addConnection(value);
      else addCoding(value);
    },
    body: () => {
      if (length === 'bad' || (length !== 'none' && lastCoding !== undefined)) return 'bad-length';
      if (lastCoding !== undefined) return lastCoding === 'chunked' ? 'chunked' : 'until-close';
      if (length === 'none') return 'until-close';
      return length;
    },
    keeps: (minorVersion) => {
      if (close) return false;
      if (minorVersion > 0) return true;
      // A sender of HTTP/1.0 with a transfer coding is at odds with itself: the connection is not used again (RFC 9112, 6.1).
      return keepAlive && lastCoding === undefined;
    },
    clear: () => {
      length = 'none';
      lastCoding = undefined;
      close = false;
      keepAlive = false;
    },
  };
}

/** Digits only, and no more than can be counted exactly (RFC 9110, 8.6). */
function parseLength(digits: string): number | 'bad' {
  if (!/^\d+$/.test(digits)) return 'bad';
  const length = Number(digits);
  return Number.isSafeInteger(length) ? length : 'bad';
}
