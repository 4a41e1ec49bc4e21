import { EventEmitter } from 'node:events';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { askKubeProxy, modeOver } from '../../../src/cluster/kubeconfig/kube-proxy-word.ts';

/** A connection over which these bytes come, in such pieces, once something was asked. */
function answering(text: string, size: number): Duplex {
  const bytes = Buffer.from(text);
  return new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      for (let at = 0; at < bytes.length; at += size) this.push(bytes.subarray(at, at + size));
      this.push(null);
      done();
    },
  });
}
const ok = 'HTTP/1.1 200 OK\r\n';

// RFC 9112: 6 (message body), 7.1 (chunked), 15.2 of RFC 9110 (informational responses).
test.each<[string, string, string | undefined]>([
  ['a length', `${ok}Content-Length: 4\r\n\r\nipvs`, 'ipvs'],
  ['a length and a line end', `${ok}Content-Length: 5\r\n\r\nipvs\n`, 'ipvs'],
  ['chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nip\r\n2;x=y\r\nvs\r\n0\r\nTrailer: x\r\n\r\n`, 'ipvs'],
  ['the end of the connection', 'HTTP/1.0 200 OK\r\n\r\nnftables', 'nftables'],
  ['a 103 before it', `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok}Content-Length: 4\r\n\r\nipvs`, 'ipvs'],
  ['another status', 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nipvs', undefined],
  ['no mode', `${ok}Content-Length: 5\r\n\r\nhello`, undefined],
  ['the word none', `${ok}Content-Length: 4\r\n\r\nnone`, undefined],
  ['a page', `${ok}Content-Length: 17\r\n\r\n<html>ipvs</html>`, undefined],
])("cases 1: kube-proxy's answer with %s is read as HTTP, however it is split", async (_what, text, mode) => {
  for (const size of [1, 7, 10_000]) expect(await modeOver(answering(text, size)), `${size}`).toBe(mode);
});

test.each([
  ['a cut answer', `${ok}Content-Length: 9\r\n\r\nipvs`],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['nothing', ''],
])('cases 1: %s is no word', async (_what, text) => {
  await expect(modeOver(answering(text, 100))).rejects.toThrow();
});

test('cases 1: a kube-proxy is asked over a forwarded port, which is closed after, and a refusal is no word', async () => {
  const closed: string[] = [];
  const forward = {
    portForward: async (_namespace: string, name: string, _ports: number[], output: Writable, _errors: null, input: Readable) => {
      if (name === 'refused') throw new Error('403');
      const socket = Object.assign(new EventEmitter(), { close: () => void closed.push(name) });
      input.once('data', () => output.write(`${ok}Content-Length: 4\r\n\r\nipvs`));
      return socket;
    },
  } as never;
  expect(await askKubeProxy({ forward }, { namespace: 'kube-system', name: 'one' })).toBe('ipvs');
  expect(await askKubeProxy({ forward }, { namespace: 'kube-system', name: 'refused' })).toBeUndefined();
  expect(closed).toEqual(['one']);
});
