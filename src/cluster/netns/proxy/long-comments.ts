import { UnavailableError } from '../../../errors.ts';
import type { ProxyConfig } from './config.ts';
import { type NftablesPort, nftablesPort } from './nftables-port.ts';
import type { ProxiedPort, ProxyObjects } from './service-map.ts';
import { servicePorts } from './service-port.ts';
import { isVisible } from './visible.ts';

/** Bytes of a comment that nft takes (NFTNL_UDATA_COMMENT_MAXLEN of libnftnl). */
export const LONGEST_COMMENT = 128;

/**
 * A Service port whose "namespace/name:port" does not fit into a comment. kube-proxy writes it as the comment of the elements by which
 * packets to a Service without endpoints are rejected or dropped, and nowhere else.
 */
export interface LongComment {
  readonly code: 'comment-too-long';
  /** "namespace/name:port". */
  readonly service: string;
  readonly characters: number;
  readonly most: number;
}

/** The Service ports that mode nftables can have only as long as they have endpoints. */
export const longComments = (objects: Pick<ProxyObjects, 'services'>): LongComment[] =>
  objects.services.filter(isVisible).flatMap((service) => servicePorts(service).filter(isLong).map(longComment));

/** Those of these ports that need such an element now; `nft` refuses the whole transaction for one of them. */
export const refusedComments = (ports: readonly ProxiedPort[], config: ProxyConfig): LongComment[] =>
  ports.filter((port) => isLong(port) && hasRefusals(nftablesPort(port, config))).map(longComment);

const hasRefusals = ({ elements }: NftablesPort): boolean =>
  elements.has('no-endpoint-services') || elements.has('no-endpoint-nodeports');

/** One sentence. */
export const longCommentText = ({ service, characters, most }: LongComment): string =>
  `the name ${service} has ${characters} characters; nft allows ${most} in the comment that kube-proxy writes for a Service without endpoints`;

/** What kube-proxy runs into as well: it tries the transaction again every 30 s and changes no rule until then. */
export const longCommentError = (found: readonly LongComment[]): UnavailableError =>
  new UnavailableError(`mode nftables cannot program these Services: ${found.map(longCommentText).join('; ')}`, {
    remedy: 'shorten the name of the namespace, the Service or the port, or add an endpoint; kube-proxy has the same limit',
  });

const isLong = ({ name }: { readonly name: string }): boolean => Buffer.byteLength(name) > LONGEST_COMMENT;

const longComment = ({ name }: { readonly name: string }): LongComment => ({
  code: 'comment-too-long',
  service: name,
  characters: Buffer.byteLength(name),
  most: LONGEST_COMMENT,
});
