import { program } from 'commander';

program
  .name('trafficlab')
  .description('Who carries my Kubernetes traffic, what does each choice cost, and when does the choice start to matter?');
await program.parseAsync();
