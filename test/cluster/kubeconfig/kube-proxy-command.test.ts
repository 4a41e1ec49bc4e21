import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kubeProxyCommand } from '../../../src/cluster/kubeconfig/kube-proxy-command.ts';
import { configuredMode } from '../../../src/cluster/kubeconfig/kube-proxy-configuration.ts';
import { kubeProxyFlags } from '../../../src/cluster/kubeconfig/kube-proxy-flags.ts';
import { HOLE, shellCommands } from '../../../src/cluster/kubeconfig/shell-line.ts';

const environment = new Map<string, string | undefined>([
  ['MODE', 'ipvs'],
  ['ARGS', '--v=2 --proxy-mode=ipvs'],
  ['SECRET', undefined],
]);
const command = (...words: readonly string[]) => kubeProxyCommand({ name: 'kube-proxy', command: [...words] }, environment);
const sh = (script: string, ...more: readonly string[]) => {
  const read = command('/bin/sh', '-c', script, ...more);
  return 'arguments' in read
    ? read.arguments.map(kubeProxyFlags).map((flags) => flags && (flags.config || flags.mode))
    : read.unknown;
};

// POSIX 2.2 (quoting), 2.6 (expansions), 2.7 (redirections), 2.9 (lists).
test.each<[string, unknown]>([
  ['kube-proxy --v=2 --proxy-mode=ipvs', ['ipvs']],
  ['exec kube-proxy --proxy-mode=ipvs 1>>/var/log/kube-proxy.log 2>&1', ['ipvs']],
  ['exec /usr/local/bin/kube-proxy --proxy-mode "ipvs" </dev/null', ['ipvs']],
  ["kube-proxy '--proxy-mode=ip''vs'", ['ipvs']],
  ['kube-proxy --proxy-mode=ipvs # --proxy-mode=iptables', ['ipvs']],
  ['kube-proxy \\\n  --proxy-mode=ipvs', ['ipvs']],
  ['cd / && mount -o remount /sys && kube-proxy --proxy-mode=ipvs', ['ipvs']],
  ['set -e; kube-proxy --proxy-mode=ipvs', ['ipvs']],
  ['while true; do kube-proxy --proxy-mode=ipvs; done', ['ipvs']],
  ['kube-proxy --proxy-mode=ipvs 2>&1 | tee /var/log/x', ['ipvs']],
  ['kube-proxy --proxy-mode=$MODE', ['ipvs']],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
  ['kube-proxy --proxy-mode=${MODE:-iptables}', ['ipvs']],
  ['kube-proxy --proxy-mode=$(MODE)', ['ipvs']], // expanded by the kubelet, before the shell sees it
  ['kube-proxy $ARGS', ['ipvs']],
  ['M=nftables; kube-proxy --proxy-mode="$M"', ['nftables']],
  ['export M=nftables && exec kube-proxy --proxy-mode="$M"', ['nftables']],
  ['echo kube-proxy starts; kube-proxy --proxy-mode=ipvs', ['ipvs']],
  ['sh -c "exec kube-proxy --proxy-mode=ipvs"', ['ipvs']],
  ['kube-proxy --config=/a --proxy-mode=ipvs', ['/a']],
  ['kube-proxy "--config=/a b"', ['/a b']],
  ['kube-proxy --proxy-mode=$SECRET', [HOLE]],
  ['kube-proxy --proxy-mode=$(cat /etc/mode)', [HOLE]],
  ['[ -e /x ] && M=ipvs || M=iptables; kube-proxy --proxy-mode=$M', [HOLE]],
  ['. /etc/default/kube-proxy; kube-proxy --proxy-mode=$MODE', [HOLE]],
  ['kube-proxy $(cat /etc/args)', [undefined]],
  ['kube-proxy $SECRET', [undefined]],
  ["kube-proxy '", 'its shell line cannot be parsed'],
  ['if', 'its shell line cannot be parsed'],
])('cases 1.3: the shell line %j', (script, expected) => expect(sh(script)).toEqual(expected));

test('cases 1.3: arguments after a shell script are its own', () => {
  expect(sh('exec kube-proxy "$@"', 'sh', '--v=2', '--proxy-mode=ipvs')).toEqual(['ipvs']);
  expect(sh('exec kube-proxy --proxy-mode=$1', 'sh', 'ipvs')).toEqual(['ipvs']);
});

test.each<[readonly string[], object | undefined]>([
  [['--proxy-mode=ipvs'], { mode: 'ipvs', config: '' }],
  [['--proxy-mode', 'ipvs'], { mode: 'ipvs' }],
  [['--proxy_mode=ipvs'], { mode: 'ipvs' }],
  [['--proxy-mode=iptables', '--proxy-mode=ipvs'], { mode: 'ipvs' }],
  [['--masquerade-all', '--proxy-mode', 'ipvs'], { mode: 'ipvs' }],
  [['--hostname-override', '--proxy-mode=ipvs'], { mode: '' }],
  [['-v', '2', '--proxy-mode=ipvs'], { mode: 'ipvs' }],
  [['--', '--proxy-mode=ipvs'], { mode: '' }],
  [['--config=', '--proxy-mode=ipvs'], { config: '', mode: 'ipvs' }],
  [['--cleanup'], { ends: true }],
  [['--cleanup=false'], { ends: false }],
  [['--write-config-to', '/x'], { ends: true }],
  [[`--hostname-override=${HOLE}`, '--proxy-mode=ipvs'], { mode: 'ipvs' }],
  [['--hostname-override', HOLE, '--proxy-mode=ipvs'], { mode: 'ipvs' }],
  [[HOLE], undefined],
  [[`--${HOLE}=x`], undefined],
])('cases 1.2: the arguments %j are read as pflag reads them', (args, flags) => {
  if (flags) expect(kubeProxyFlags(args)).toMatchObject(flags);
  else expect(kubeProxyFlags(args)).toBeUndefined();
});

test.each([
  ["kind: KubeProxyConfiguration\nmode: 'ipvs' # was iptables", { mode: 'ipvs' }],
  ['kind: KubeProxyConfiguration\nmode:   ipvs   ', { mode: 'ipvs' }],
  ['{"kind": "KubeProxyConfiguration", "mode": "ipvs"}', { mode: 'ipvs' }],
  ['---\nkind: KubeProxyConfiguration\nmode: >-\n  ipvs\n---\nkind: Other\nmode: iptables', { mode: 'ipvs' }],
  ['kind: KubeProxyConfiguration\nmode: iptables\nmode: ipvs', { mode: 'ipvs' }],
  ['kind: KubeProxyConfiguration\nx: &m ipvs\nmode: *m', { mode: 'ipvs' }],
  ['kind: KubeProxyConfiguration\n# mode: ipvs', { mode: '' }],
  ['kind: KubeProxyConfiguration\nmode: ~', { mode: '' }],
  ['kind: KubeProxyConfiguration\nipvs: { mode: ipvs }', { mode: '' }],
  ['kind: KubeProxyConfiguration\r\nmode: "ipvs"\r\n', { mode: 'ipvs' }],
])('cases 1.3: %j is parsed as YAML', (text, mode) => expect(configuredMode(text)).toEqual(mode));

test.each(['', '[]', 'null', 'mode:', 'a: [', '5', 'kind: Other\nmode: ipvs', 'kind: KubeProxyConfiguration\nmode: 5'])(
  'cases 1.3: %j says nothing of a mode',
  (text) => expect(configuredMode(text)).toEqual({ unknown: expect.any(String) }),
);

test('whatever a shell line, arguments or a configuration hold, reading them ends in a value', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.stringMatching(/^[a-z $(){}"'`|&;<>=\\#*\n-]{0,60}$/));
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 4 }), (script, words) => {
      shellCommands(script, environment, words);
      kubeProxyFlags(words);
      configuredMode(script);
      kubeProxyCommand({ name: 'kube-proxy', command: ['sh', '-c', script], args: words }, environment);
    }),
    { numRuns: 500 },
  );
});
