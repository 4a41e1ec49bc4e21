import { clientAddressLines } from '../../../words/family-lines.ts';
import { list } from '../list.ts';
import type { RunSection } from '../section.ts';

/** What the backends saw of the client. */
export const clientAddress: RunSection = ({ shown: { analysis } }) => {
  const lines = list(analysis.families.flatMap(clientAddressLines));
  return lines && { id: 'client-address', title: 'Client address', body: lines };
};
