import type { KubernetesObject } from '@kubernetes/client-node';
import type { PooledAnnouncement } from '../../contract/topology.ts';
import { apiVersionOf, METALLB_NAMESPACE } from './metallb-kinds.ts';
import { poolName } from './service.ts';

const metadata = (name: string) => ({ name, namespace: METALLB_NAMESPACE });

/** The addresses of LoadBalancers that are announced in one way, and only in that. */
export function announcement(announce: PooledAnnouncement, cidr: string): KubernetesObject[] {
  const name = poolName(announce);
  const selecting = { ipAddressPools: [name], ipAddressPoolSelectors: [], nodeSelectors: [] };
  const kind = announce === 'l2' ? 'L2Advertisement' : 'BGPAdvertisement';
  const spec = {
    l2: { ...selecting, interfaces: [] },
    // Each address is a route of its own.
    bgp: { ...selecting, peers: [], communities: [], aggregationLength: 32, aggregationLengthV6: 128, localPref: 0 },
  };
  return [
    object('IPAddressPool', name, { addresses: [cidr], autoAssign: false, avoidBuggyIPs: true }),
    object(kind, name, spec[announce]),
  ];
}

export interface PeerOptions {
  /** The router's own, on the network of the nodes. */
  readonly address: string;
  readonly asn: number;
  readonly nodeAsn: number;
}

/** The router as the nodes know it. */
export const bgpPeer = ({ address, asn, nodeAsn }: PeerOptions): KubernetesObject =>
  object('BGPPeer', 'trafficlab-router', {
    myASN: nodeAsn,
    peerASN: asn,
    peerAddress: address,
    peerPort: 179,
    // A node that falls silent is noticed after half a minute, and not after one and a half; a shorter time would not outlast a busy machine.
    holdTime: '30s',
    nodeSelectors: [],
    ebgpMultiHop: false,
    disableMP: false,
    dualStackAddressFamily: false,
  });

const object = (kind: Parameters<typeof apiVersionOf>[0], name: string, spec: Record<string, unknown>) =>
  ({ apiVersion: apiVersionOf(kind), kind, metadata: metadata(name), spec }) as KubernetesObject;
