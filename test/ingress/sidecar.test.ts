import { describe, expect, it } from 'vitest';
import { parseSidecarArgs } from '../../src/ingress/sidecar.ts';

const whole = { '--proxy': 'nginx', '--class': 'lab', '--folder': '/shared', '--port': '8080', '--status-port': '8081' };
const args = (changes: Record<string, string | undefined> = {}) =>
  Object.entries({ ...whole, ...changes }).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));

describe('parseSidecarArgs', () => {
  it('reads what a pod is given', () => {
    const options = { proxy: 'nginx', folder: '/shared', port: 8080, statusPort: 8081, tuning: 'fair', address: '0.0.0.0' };
    expect(parseSidecarArgs(args())).toEqual({ ...options, which: { className: 'lab' } });
    expect(
      parseSidecarArgs(args({ '--class': undefined, '--controller': 'trafficlab.dev/nginx', '--tuning': 'defaults' })),
    ).toEqual({
      ...options,
      tuning: 'defaults',
      which: { controller: 'trafficlab.dev/nginx' },
    });
  });

  it.each([
    { '--proxy': 'traefik' }, // is its own controller
    { '--class': undefined },
    { '--folder': 'shared' },
    { '--port': 'http' },
    { '--status-port': undefined },
    { '--tuning': 'fast' },
  ])('refuses %j', (changes) => expect(() => parseSidecarArgs(args(changes))).toThrow('usage: agent.mjs ingress-controller'));
});
