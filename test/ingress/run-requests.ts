import type { ControllerName } from '../../src/cluster/contract/topology.ts';
import { service, slice } from './objects.ts';
import { outcomeOf } from './outcome.ts';
import { sendRaw } from './raw-client.ts';
import { LOOPBACK, startProxy } from './real-proxy.ts';
import { type Recorded, startRecordingBackend } from './recording-backend.ts';
import { caseName, requestCases, requestIngresses } from './requests.ts';

const AT_A_TIME = 8;

/** Sends every request to a real proxy, as a process on loopback. @returns an outcome for each case, in their order. */
export async function runRequests(name: ControllerName): Promise<string[]> {
  const recorded = new Map<string, Recorded[]>();
  const answers = new Map(requestCases.flatMap(({ answer }, index) => (answer ? [[caseName(index), answer] as const] : [])));
  const record = (of: string, request: Recorded) => void recorded.set(of, [...(recorded.get(of) ?? []), request]);
  const start = (service: string) => startRecordingBackend(service, answers, record);
  await using a = await start('a');
  await using b = await start('b');
  await using any = await start('any');
  await using proxy = await startProxy(name);
  await proxy.apply({
    ingresses: requestIngresses(),
    classes: [],
    services: ['a', 'b', 'any'].map(service),
    endpointSlices: Object.entries({ a, b, any }).map(([name, { port }]) => slice(name, [{ address: LOOPBACK, port }])),
  });
  const outcomes: string[] = [];
  const waiting = [...requestCases.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, { script, show }] = next;
      const seen = await sendRaw(LOOPBACK, proxy.port, script);
      outcomes[index] = outcomeOf(seen, recorded.get(caseName(index)) ?? [], show);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return outcomes;
}
