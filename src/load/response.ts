export interface ResponseReader {
  /** Takes what came in; true when the response is complete. */
  push(chunk: Buffer): boolean;
  /** The connection was ended by the server: true when that completes the response (RFC 9112, 6.3). */
  end(): boolean;
  /** Of the response read last; 0 before its head is complete. */
  readonly status: number;
  reset(): void;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = /(^|\r\n)0+[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n$/;

/**
 * Reads one HTTP/1.1 response to a GET, only as far as is needed to know its status and its end. Bodies of a length are counted; of a chunked
 * body the last chunk is looked for at the end of what came, which is enough where nothing follows a response.
 */
export function createResponseReader(): ResponseReader {
  let head = '';
  let body = '';
  let status = 0;
  let missing = 0;
  let framing: 'head' | 'length' | 'chunked' | 'until-end' = 'head';

  function readHead(chunk: Buffer): boolean {
    head += chunk.toString('latin1');
    const end = head.indexOf(HEAD_END);
    if (end < 0) return false;
    status = Number(head.slice(9, 12)) || 0;
    const fields = head.slice(0, end + 2).toLowerCase();
    const rest = head.slice(end + HEAD_END.length);
    const length = /\r\ncontent-length:[ \t]*(\d+)/.exec(fields)?.[1];
    if (status === 204 || status === 304) return true;
    if (/\r\ntransfer-encoding:[^\r]*chunked/.test(fields)) {
      framing = 'chunked';
      body = rest;
      return LAST_CHUNK.test(body);
    }
    if (length === undefined) {
      framing = 'until-end';
      return false;
    }
    framing = 'length';
    missing = Number(length) - rest.length;
    return missing <= 0;
  }

  return {
    push: (chunk) => {
      if (framing === 'head') return readHead(chunk);
      if (framing === 'until-end') return false;
      if (framing === 'length') {
        missing -= chunk.length;
        return missing <= 0;
      }
      body += chunk.toString('latin1');
      return LAST_CHUNK.test(body);
    },
    end: () => framing === 'until-end',
    get status() {
      return status;
    },
    reset: () => {
      head = '';
      body = '';
      status = 0;
      missing = 0;
      framing = 'head';
    },
  };
}
