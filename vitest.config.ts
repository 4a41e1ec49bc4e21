import { defineConfig } from 'vitest/config';

const project = (name: string, include: string, testTimeout: number) => ({
  test: {
    name,
    include: [include],
    testTimeout,
    hookTimeout: testTimeout,
    retry: 0,
    // It imports JSON in a way that Node.js 20 refuses.
    server: { deps: { inline: ['@actions/workflow-parser'] } },
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2, // most tests wait for processes, and one worker on a small machine would wait alone
    projects: [
      project(
        'unit',
        'test/{commands,options,lab,picker,stats,compare,report,results,run,load,probe,cluster,ingress,workload,setup,root,files,process,progress,waiting,words}/**/*.test.ts',
        20_000,
      ),
      project('contract', 'test/contract/**/*.test.ts', 60_000),
      project('cli', 'test/cli/**/*.test.ts', 60_000),
      { test: { ...project('e2e', 'test/{e2e,browser}/**/*.test.ts', 900_000).test, fileParallelism: false } },
    ],
  },
});
