import { describe, expect, it } from 'vitest';
import { createResponseReader } from '../../src/load/response.ts';

/** Whether the response is seen as complete after each part, whole and cut at every byte. */
function read(text: string): { complete: boolean; completeEarly: boolean; status: number } {
  const reader = createResponseReader();
  const steps = [...text].map((byte) => reader.push(Buffer.from(byte, 'latin1')));
  const whole = createResponseReader();
  const complete = whole.push(Buffer.from(text, 'latin1'));
  expect(steps.at(-1)).toBe(complete);
  return { complete, completeEarly: steps.slice(0, -1).includes(true), status: whole.status };
}

describe('createResponseReader', () => {
  it.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200],
    ['with a length of 0', 'HTTP/1.1 503 Service Unavailable\r\ncontent-length:0\r\n\r\n', 503],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n', 200],
    ['in no chunk but the last', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 200],
    ['in chunks with trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n', 200],
  ])('sees the end of a response %s, and not before', (_what, text, status) => {
    expect(read(text)).toEqual({ complete: true, completeEarly: false, status });
  });

  it('takes the end of the connection for the end of a response without a length, and only of that', () => {
    const untilEnd = createResponseReader();
    expect(untilEnd.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nhello'))).toBe(false);
    expect(untilEnd.end()).toBe(true);
    const short = createResponseReader();
    expect(short.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'))).toBe(false);
    expect(short.end()).toBe(false);
  });

  it('reads one response after another', () => {
    const reader = createResponseReader();
    reader.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'));
    reader.reset();
    expect(reader.status).toBe(0);
    expect(reader.push(Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno'))).toBe(true);
    expect(reader.status).toBe(404);
  });
});
