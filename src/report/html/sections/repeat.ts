import { plainLabel } from '../../plain.ts';
import { repeatCommand } from '../../repeat.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** The command that does it again. */
export const repeat: RunSection = ({ raw: { run } }) => ({
  id: 'repeat',
  title: 'Repeat it',
  body: html`<p>Same lab, provider, options and cell order:</p>
<pre tabindex="0"><code>${plainLabel(repeatCommand(run.plan))}</code></pre>`,
});
