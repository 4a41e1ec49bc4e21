/** AS numbers that are private (RFC 6996): the nodes of a cluster share one, the router has another, so their sessions are external. */
export const NODE_AS = 64_512;
export const ROUTER_AS = 64_513;

/** The "protocol" of the routes that lead nodes to a router's network (ip-route(8)), so that ours are known from anybody's; any free number. */
export const ROUTER_PROTOCOL = 158;
