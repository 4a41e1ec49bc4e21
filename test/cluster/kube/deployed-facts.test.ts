import { expect, test } from 'vitest';
import { versionIn } from '../../../src/cluster/kube/deployed-facts.ts';

test.each([
  ['\nnginx version: nginx/1.22.1', '1.22.1'],
  ['HAProxy version 2.6.12-1+deb12u2 2025/04/18 - https://haproxy.org/\nStatus: long-term', '2.6.12-1+deb12u2'],
  ['Version:      3.6.12\nCodename:     ramequin\nGo version:   go1.26.8', '3.6.12'],
  ['', 'of unknown version'],
])('%j is version %s', (said, version) => expect(versionIn(said)).toBe(version));
