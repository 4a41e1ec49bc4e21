import manifest from '../package.json' with { type: 'json' };

/** Version of trafficlab, for plans and results. */
export const version: string = manifest.version;
