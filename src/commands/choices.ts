import { listLabs } from '../lab/read-lab.ts';
import { type Choices, shells } from '../options/completion.ts';
import { formatNames } from '../report/formats.ts';
import { providerNames } from './make-provider.ts';

/** The values that options and words of the command line may have, as they are known here. */
export const choices = async (): Promise<Choices> => ({
  providers: providerNames,
  formats: [...formatNames, 'all'],
  labs: (await listLabs()).map(({ name }) => name),
  shells,
});
