export { allOf as together } from '../../in-parallel.ts';
