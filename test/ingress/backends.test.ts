import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../src/ingress/build-model.ts';
import { backend, ingress } from './objects.ts';

type Port = NonNullable<NonNullable<V1Service['spec']>['ports']>[number];
type SlicePort = NonNullable<V1EndpointSlice['ports']>[number];

const service = (ports: readonly Port[]): V1Service => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { ports: [...ports] },
});

/** Slices of the Service, each with its ports and one endpoint: 10.0.0.1, 10.0.0.2, ... */
const slices = (...ports: readonly (readonly SlicePort[])[]): V1EndpointSlice[] =>
  ports.map((of, index) => ({
    metadata: { name: `web-${index}`, namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [...of],
    endpoints: [{ addresses: [`10.0.0.${index + 1}`] }],
  }));

/** What these backends lead to, in their order: endpoints, or what is wrong. */
function resolved(wanted: readonly { name?: string; number?: number }[], ports: readonly Port[], of: V1EndpointSlice[]) {
  const paths = wanted.map((port, index) => ({ path: `/${index}`, pathType: 'Exact', backend: backend('web', port) }));
  const made = ingress('a', {}, { rules: [{ http: { paths } }] });
  const { anyHost, backends, problems } = buildModel(
    { ingresses: [made], classes: [], services: [service(ports)], endpointSlices: of },
    { className: 'lab' },
  );
  const ends = wanted.map((_, index) => {
    const rule = anyHost.find(({ path }) => path === `/${index}`)!;
    const found = backends.find(({ id }) => id === rule.backend);
    return found?.endpoints.map(({ address, port }) => `${address}:${port}`).join(' ') ?? '503';
  });
  return { ends, problems };
}

describe('cases 4: the identity of a port is protocol, name and number', () => {
  const quic: Port = { name: 'quic', protocol: 'UDP', port: 443, targetPort: 8443 };
  const https: Port = { name: 'https', protocol: 'TCP', port: 443, targetPort: 8080 };
  const both = slices([
    { name: 'quic', protocol: 'UDP', port: 8443 },
    { name: 'https', protocol: 'TCP', port: 8080 },
  ]);

  it.each([
    ['UDP first', [quic, https]],
    ['TCP first', [https, quic]],
  ])('cases 4: 443/UDP and 443/TCP are two ports, HTTP is the TCP one (%s)', (_, ports) => {
    expect(resolved([{ number: 443 }, { name: 'https' }], ports, both)).toEqual({
      ends: ['10.0.0.1:8080', '10.0.0.1:8080'],
      problems: [],
    });
  });

  it('cases 4: a name of a UDP port is no backend, and does not spoil that of the TCP port', () => {
    const { ends, problems } = resolved([{ name: 'quic' }, { name: 'https' }], [quic, https], both);
    expect(ends).toEqual(['503', '10.0.0.1:8080']);
    expect(problems).toEqual([{ kind: 'no-port', ingress: 'shop/a', service: 'shop/web', port: 'quic', protocols: ['UDP'] }]);
  });

  it('cases 4: SCTP and UDP alone have no HTTP', () => {
    const ports: Port[] = [
      { name: 'one', protocol: 'SCTP', port: 80 },
      { name: 'two', protocol: 'UDP', port: 80 },
    ];
    const { ends, problems } = resolved([{ number: 80 }], ports, slices([{ name: 'one', protocol: 'SCTP', port: 80 }]));
    expect(ends).toEqual(['503']);
    expect(problems).toMatchObject([{ kind: 'no-port', protocols: ['SCTP', 'UDP'] }]);
  });

  it('cases 4: one name of two protocols is the TCP port', () => {
    const ports: Port[] = [
      { name: 'dns', protocol: 'UDP', port: 53 },
      { name: 'dns', protocol: 'TCP', port: 5300 },
    ];
    const of = slices([
      { name: 'dns', protocol: 'UDP', port: 53 },
      { name: 'dns', protocol: 'TCP', port: 5301 },
    ]);
    expect(resolved([{ name: 'dns' }], ports, of).ends).toEqual(['10.0.0.1:5301']);
  });

  it('cases 4: two TCP ports of one number and two names stay apart', () => {
    const ports: Port[] = [
      { name: 'a', port: 80 },
      { name: 'b', port: 80 },
    ];
    const of = slices([
      { name: 'a', port: 8001 },
      { name: 'b', port: 8002 },
    ]);
    expect(resolved([{ name: 'a' }, { name: 'b' }], ports, of).ends).toEqual(['10.0.0.1:8001', '10.0.0.1:8002']);
  });

  it('cases 4: a port without a name, protocol and null for both', () => {
    const nothing = { name: null, protocol: null, port: 8080 } as unknown as SlicePort;
    expect(resolved([{ number: 80 }], [{ port: 80 }], slices([nothing], [{ name: '', port: 8081 }])).ends).toEqual([
      '10.0.0.1:8080 10.0.0.2:8081',
    ]);
  });

  it('cases 4: a named targetPort that differs between pods is a number of each slice', () => {
    const of = slices([{ name: 'http', port: 8080 }], [{ name: 'http', port: 9090 }], [{ name: 'metrics', port: 9100 }]);
    expect(resolved([{ name: 'http' }], [{ name: 'http', port: 80, targetPort: 'web' }], of).ends).toEqual([
      '10.0.0.1:8080 10.0.0.2:9090',
    ]);
  });

  it('cases 4: an empty name beside a number counts for nothing, and a slice without the number of its port neither', () => {
    expect(resolved([{ name: '', number: 80 }], [{ port: 80 }], slices([{ name: '' }], [{ port: 1 }])).ends).toEqual([
      '10.0.0.2:1',
    ]);
  });

  it.each([
    ['kubernetes.io/h2c', 'app-protocol'],
    ['https', 'app-protocol'],
    ['kubernetes.io/ws', undefined],
    ['http', undefined],
  ])('cases 4: appProtocol %s changes no identity', (appProtocol, kind) => {
    const { ends, problems } = resolved(
      [{ number: 80 }],
      [{ name: 'x', port: 80, appProtocol }],
      slices([{ name: 'x', port: 1 }]),
    );
    expect(ends).toEqual(['10.0.0.1:1']);
    expect(problems.map((problem) => problem.kind)).toEqual(kind ? [kind] : []);
  });
});
