import { type WaitOptions, waitFor } from '../../waiting/wait.ts';
import type { Target } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';

/** Asks each of its arguments once, and prints what came of it as pairs. */
const ASK = `Promise.all(process.argv.slice(1).map(async (url) => [url, await fetch(url, { signal: AbortSignal.timeout(2000) })
  .then(({ status }) => status, (error) => error.cause?.code ?? error.name)])).then((all) => { console.log(JSON.stringify(all)); process.exit(0); })`;

/** What an ingress controller's own answers mean. */
const meanings: Readonly<Record<string, string>> = {
  404: '404: the controller has no Ingress rule for this request; check the ingressClassName',
  502: '502: the controller cannot reach a pod behind the Ingress',
  503: '503: no ready endpoint behind the Ingress',
};

/**
 * Waits until each target answers from where it is reached outside of the cluster: an address is announced, a controller has read its rules.
 * @throws TimeoutError with what those that did not answer said last.
 */
export async function targetsAnswer(outside: Host, targets: readonly Target[], options: WaitOptions): Promise<void> {
  const asked = targets.filter(({ from }) => from.includes(outside));
  const urls = [...new Set(asked.flatMap(({ url, alternates = [] }) => [url, ...alternates]))];
  if (urls.length === 0) return;
  const [node = 'node'] = outside.agent ?? [];
  await waitFor(`${urls.length} addresses to answer requests from ${outside.name}`, options, async () => {
    const { stdout } = await outside.exec([node, '-e', ASK, ...urls], { timeoutMs: 20_000 });
    const silent = (JSON.parse(stdout) as [string, number | string][]).filter(([, said]) => said !== 200);
    const seen = silent.map(([url, said]) => `${nameOf(asked, url)}: ${meanings[said] ?? said}`);
    return silent.length ? { seen: seen.join('; ') } : { value: undefined };
  });
}

function nameOf(targets: readonly Target[], url: string): string {
  const target = targets.find((one) => one.url === url);
  return target ? `${url} (${target.controller?.controller ?? target.topology.entry})` : url;
}
