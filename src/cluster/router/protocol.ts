/** The "protocol" of the routes that lead nodes to a router's network (ip-route(8)), so that ours are known from anybody's; any free number. */
export const ROUTER_PROTOCOL = 158;
