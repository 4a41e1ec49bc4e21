import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createController } from '../../src/ingress/controller.ts';
import { runController } from '../../src/ingress/loop.ts';
import type { IngressObjects } from '../../src/ingress/model.ts';
import { ingress, service, slice } from './objects.ts';

const objects = (...addresses: string[]): IngressObjects => ({
  ingresses: [ingress('a', { '': [['/', 'Prefix', 'echo']] })],
  classes: [],
  services: [service('echo')],
  endpointSlices: [
    slice(
      'echo',
      addresses.map((address) => ({ address, port: 8080 })),
    ),
  ],
});

/** A proxy that takes what was written when it is reloaded, a little later. */
function fakeProxy({ running = true, takesMs = 20 } = {}) {
  const did: string[] = [];
  let file = '';
  let current = running ? 'old' : undefined;
  const begin = () => {
    current = file;
  };
  return {
    did,
    begin,
    effects: {
      async write(text: string) {
        did.push(`write ${text}`);
        file = text;
      },
      async check(text: string) {
        if (text.includes('bad')) throw new Error('it would not take it');
      },
      async reload() {
        did.push('reload');
        setTimeout(begin, takesMs);
      },
      async generation() {
        if (current === undefined) throw new Error('nobody listens');
        return current;
      },
    },
    options: {
      which: { className: 'lab' },
      render: ({ backends }: { backends: readonly { endpoints: readonly { address: string }[] }[] }) => {
        const text = backends[0]!.endpoints.map(({ address }) => address).join();
        return { text, generation: text };
      },
      steadyMs: 30,
      deadlineMs: 1_000,
      coalesceMs: 10,
    },
  };
}

describe('createController', () => {
  it('writes, reloads, and waits until the new configuration is in effect', async () => {
    const { effects, options, did } = fakeProxy();
    const controller = createController({ ...options, effects });
    const applied = await controller.apply(objects('10.0.0.1'));
    expect(applied).toMatchObject({ generation: '10.0.0.1', problems: [] });
    expect(applied!.reloadMs).toBeGreaterThanOrEqual(45);
    expect(await controller.apply(objects('10.0.0.1'))).toBeUndefined();
    expect(await controller.apply(objects('10.0.0.1', '10.0.0.2'))).toMatchObject({ changes: ['shop.echo.80: +10.0.0.2:8080'] });
    expect(did).toEqual(['write 10.0.0.1', 'reload', 'write 10.0.0.1,10.0.0.2', 'reload']);
  });

  it('waits for a proxy that has not begun, and has nothing to reload then', async () => {
    const { effects, options, did, begin } = fakeProxy({ running: false });
    setTimeout(begin, 60);
    await createController({ ...options, effects }).apply(objects('10.0.0.1'));
    expect(did).toEqual(['write 10.0.0.1']);
  });

  it('does calls that come together in one turn, with the newest objects', async () => {
    const { effects, options, did } = fakeProxy();
    const controller = createController({ ...options, effects });
    await Promise.all(['1', '2', '3', '4'].map((address) => controller.apply(objects(address))));
    expect(did).toEqual(['write 4', 'reload']);
  });

  it('leaves what is in effect where the proxy would not take the new one', async () => {
    const { effects, options, did } = fakeProxy();
    const controller = createController({ ...options, effects });
    await expect(controller.apply(objects('bad'))).rejects.toThrow('it would not take it');
    expect(did).toEqual([]);
    await controller.apply(objects('10.0.0.1'));
    expect(did).toEqual(['write 10.0.0.1', 'reload']);
  });

  it('names what it waited for, and what it saw last', async () => {
    const { effects, options } = fakeProxy({ takesMs: 60_000 });
    await expect(createController({ ...options, effects }).apply(objects('10.0.0.1'))).rejects.toThrow(
      /waited .* for the proxy to have generation 10\.0\.0\.1 in effect; last seen: generation old/,
    );
  });
});

describe('runController', () => {
  async function* burst(...snapshots: (IngressObjects | number)[]) {
    for (const snapshot of snapshots) {
      if (typeof snapshot === 'number') await delay(snapshot);
      else yield snapshot;
    }
  }

  it('makes one reload of a burst, and tells of each change in one entry', async () => {
    const { effects, options, did } = fakeProxy();
    const told: unknown[] = [];
    const snapshots = burst(objects('1'), objects('1', '2'), objects('2'), 200, objects('2'), 50, objects('3'), objects('4'));
    await runController(snapshots, { ...options, effects, log: (entry) => told.push(entry) });
    expect(did).toEqual(['write 2', 'reload', 'write 4', 'reload']);
    expect(told).toMatchObject([
      { event: 'configured', generation: '2' },
      { event: 'configured', generation: '4', changes: ['shop.echo.80: +4:8080 -2:8080'] },
    ]);
  });

  it('tells of a failure, and goes on with what comes next', async () => {
    const { effects, options } = fakeProxy();
    const told: unknown[] = [];
    await runController(burst(objects('bad'), 100, objects('1'), 150), { ...options, effects, log: (entry) => told.push(entry) });
    expect(told).toMatchObject([
      { event: 'failed', message: 'it would not take it' },
      { event: 'configured', generation: '1' },
    ]);
  });

  it('tries again what failed', async () => {
    const { effects, options } = fakeProxy();
    const told: unknown[] = [];
    let fails = 1;
    const check = async () => {
      if (fails-- > 0) throw new Error('for a moment');
    };
    const run = { ...options, effects: { ...effects, check }, retryMs: 20, log: (entry: unknown) => told.push(entry) };
    await runController(burst(objects('1'), 200), run);
    expect(told).toMatchObject([{ event: 'failed' }, { event: 'configured', generation: '1' }]);
  });

  it('throws what its source throws, and ends without a word when it is told to', async () => {
    const { effects, options } = fakeProxy();
    async function* broken() {
      yield objects('1');
      throw new Error('no API server');
    }
    await expect(runController(broken(), { ...options, effects, log: () => {} })).rejects.toThrow('no API server');
    const stopped = new AbortController();
    setTimeout(() => stopped.abort(), 30);
    const silent: AsyncIterable<IngressObjects> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    await runController(silent, { ...options, effects, signal: stopped.signal, log: () => {} });
  });
});
