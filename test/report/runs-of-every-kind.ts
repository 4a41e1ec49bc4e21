import type { Run } from '../../src/results/run.ts';
import { failing, family, scenario, simulate, statedHops } from '../compare/simulate.ts';

/** A way of two hops, with a proxy that used CPU, a path through it, a check that failed and a skip. */
export function runOfHops(): Run {
  const run = simulate(
    [family([scenario('ipvs', 'pod'), scenario('ipvs', 'cluster-ip')], { series: ['keep-alive', 'new-connection'] })],
    { hops: true, directory: '/results/simulated-hops/1' },
    ({ topology: { entry } }, block, series) => ({
      rate: (entry === 'pod' ? 9000 : 7000) + 10 * block,
      medianUs: (entry === 'pod' ? 100 : 130) + block,
      carriers: [{ component: 'nginx', node: 'worker', kind: 'process', cpuNs: 90e6 }],
      checks: entry !== 'pod' && series === 'new-connection' ? [failing('ports')] : [],
    }),
  );
  const through = statedHops(
    'client connects to 10.0.0.1:80',
    'worker: kernel, ipvs',
    '[nginx] proxy-1 on worker: a process carries the request',
    'echo-1',
  );
  return {
    ...run,
    proofs: run.proofs.map((proof) =>
      proof.scenario === 'ipvs/cluster-ip/pod'
        ? { ...proof, hops: through, clientAddress: { client: '10.0.0.9', seen: ['10.0.0.1'], found: 'nowhere' } }
        : proof,
    ),
    skips: [
      {
        type: 'skip',
        at: '',
        skip: { code: 'mode', mode: 'nftables', because: { code: 'stated', text: 'no NAT here', remedy: 'run it on the host' } },
      },
    ],
  };
}

/** First packets at three numbers of Services, in two modes. */
export function runOfScale(): Run {
  const scenarios = (['iptables', 'nftables'] as const).flatMap((mode) =>
    [10, 100, 1000].map((services) => scenario(mode, 'cluster-ip', { services, position: 'last' })),
  );
  return simulate(
    [family(scenarios, { series: ['first-packet'] })],
    { reference: 'iptables', directory: '/results/simulated-scale/1' },
    ({ mode, services }, block) => ({ medianUs: (mode === 'iptables' ? services! : 10) + 20 + block }),
  );
}
