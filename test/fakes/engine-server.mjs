// Answers engine-client: one process plays the engine of every call, on the machine that the caller names.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { playEngine } from './engine.mjs';

/** The port of a server on loopback that ends with this process. */
export async function engineServer() {
  const server = createServer((socket) => {
    let asked = '';
    socket.on('error', () => {}); // a caller that was killed
    socket.setEncoding('utf8').on('data', (text) => {
      asked += text;
      const [count, ...words] = asked.split('\0');
      if (!asked.includes('\0') || words.length <= Number(count)) return; // the last NUL leaves an empty word
      const [name, folder, ...args] = words.slice(0, Number(count));
      const { exitCode, stdout, stderr } = playEngine(name, args, folder);
      socket.end(`${exitCode}\0${stdout}\0${stderr}\0`);
    });
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.unref();
  return server.address().port;
}
