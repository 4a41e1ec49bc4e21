import type { ProviderChoice } from '../lab/plan.ts';
import { obstacleWords } from './obstacle.ts';

/** Why a run's clusters come from this provider. */
export function choiceWords(choice: ProviderChoice): string {
  switch (choice.code) {
    case 'asked':
      return 'asked for on the command line';
    case 'lab':
      return 'named in the lab file';
    case 'first':
      return [
        'the first that can run the lab',
        ...choice.refused.map(({ name, because }) => `${name}: ${obstacleWords(because).reason}`),
      ].join('; ');
    case 'stated':
      return choice.text;
  }
}
