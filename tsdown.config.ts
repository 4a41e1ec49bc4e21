import { defineConfig } from 'tsdown';

const common = {
  format: 'esm',
  target: 'node20',
  platform: 'node',
  outDir: 'dist',
  dts: false,
  clean: false,
  logLevel: 'warn',
} as const;

export default defineConfig([
  { ...common, entry: { cli: 'src/cli.ts', index: 'src/index.ts' } },
  // One self-contained file, its parts evaluated when they are asked for: it travels into stock node images, where nothing is installed.
  {
    ...common,
    entry: { agent: 'src/agent/agent.ts' },
    noExternal: [/.*/],
    minify: true,
    inlineOnly: false,
    outputOptions: { inlineDynamicImports: true },
  },
]);
