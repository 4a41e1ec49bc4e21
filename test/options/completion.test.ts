import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Choices, completionScript } from '../../src/options/completion.ts';

const choices: Choices = { providers: ['kind', 'netns'], formats: ['html', 'md'], labs: ['ipvs', 'iptables'], shells: ['bash'] };

/** What bash offers for the last of these words. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${completionScript('bash', choices)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _trafficlab; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', 'trafficlab', ...words]);
  return stdout.split('\n').filter(Boolean);
}

test('bash offers commands, the labs and options of a command, and the values of an option', async () => {
  expect(await offered('co')).toEqual(['compare', 'completion']);
  expect(await offered('lab', 'ip')).toEqual(['ipvs', 'iptables']);
  expect(await offered('lab', 'ipvs', '--k')).toEqual([
    '--kubernetes',
    '--keep',
    '--kind',
    '--kind-userspace',
    '--k3d',
    '--kubeconfig',
  ]);
  expect(await offered('lab', '--provider', 'n')).toEqual(['netns']);
  expect(await offered('report', '--format', '')).toEqual(['html', 'md']);
});

test('bash offers nothing of its own where a file or a number follows, and no hidden command', async () => {
  expect(await offered('lab', '--kubeconfig', '')).toEqual([]);
  expect(await offered('lab', '--blocks', '')).toEqual([]);
  expect(await offered('ru')).toEqual([]);
});

test('zsh takes the script of bash; fish has a line for each command and option', () => {
  expect(completionScript('zsh', choices)).toContain(completionScript('bash', choices));
  const lines = completionScript('fish', choices).split('\n');
  expect(lines).toContain("complete -c trafficlab -n '__fish_seen_subcommand_from lab' -a 'ipvs iptables'");
  expect(lines).toContain(
    "complete -c trafficlab -n '__fish_seen_subcommand_from lab' -l provider -r -f -a 'kind netns' -d 'where clusters come from; default: the first that can run the lab'",
  );
});
