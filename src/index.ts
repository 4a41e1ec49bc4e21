/** The public API: labs and plans as data, running them, and reading what came of them. */

export type { Deployment, Target } from './cluster/contract/deployment.ts';
export type { Host } from './cluster/contract/host.ts';
export type { Cluster, ClusterProvider, ClusterSpec, Limits } from './cluster/contract/provider.ts';
export { createProxier } from './cluster/netns/proxy/proxier.ts';
export { registry } from './cluster/registry.ts';
export * from './errors.ts';
export { makePlan } from './lab/make-plan.ts';
export type { Plan } from './lab/plan.ts';
export { loadLab } from './lab/read-lab.ts';
export { runnable } from './lab/runnable.ts';
export { type Lab, labSchema } from './lab/schema.ts';
export { readReportJson } from './report/read-json.ts';
export type { Report } from './report/report.ts';
export { readRun } from './results/read.ts';
export type { Run } from './results/run.ts';
export { runFamily } from './run/run-family.ts';
