interface Controller {
  /** The reference controller drives its stock program, which packages bring under its name (`src/ingress/proxy.ts`); else it is its own controller. */
  readonly driven: boolean;
  /** Unless it is overridden (`--image`). */
  readonly image: string;
  /** What works beside one another in it. */
  readonly workers: 'processes' | 'threads' | 'cores';
}

/** The ingress controllers: the reference controller driving stock nginx or haproxy, and traefik, which is its own. */
export const controllerTable = {
  nginx: { driven: true, image: 'nginx:stable', workers: 'processes' },
  traefik: { driven: false, image: 'traefik:v3.7.13', workers: 'cores' },
  haproxy: { driven: true, image: 'haproxy:lts', workers: 'threads' },
} as const satisfies Readonly<Record<string, Controller>>;

type Table = typeof controllerTable;
export type ControllerName = keyof Table;
export const controllers = Object.keys(controllerTable) as readonly ControllerName[];

/** The proxies that the reference controller drives. */
export type ProxyName = { [Name in ControllerName]: Table[Name]['driven'] extends true ? Name : never }[ControllerName];
export const proxyNames = controllers.filter((name): name is ProxyName => controllerTable[name].driven);
