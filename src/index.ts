export { type ExitCode, exitCode, TrafficlabError } from './errors.ts';
