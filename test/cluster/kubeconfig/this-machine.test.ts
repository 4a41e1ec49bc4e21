import { expect, test } from 'vitest';
import { isThisMachine } from '../../../src/cluster/kubeconfig/this-machine.ts';

const own = ['192.0.2.7', '2001:db8::7', 'fe80::1'];

// RFC 1122 3.2.1.3, RFC 4291 2.5, RFC 6761 6.3; numbers in other forms as WHATWG URL 3.5 reads them.
test.each([
  'https://127.0.0.1:6443',
  'https://127.8.8.8',
  'https://127.255.255.254',
  'https://127.1',
  'https://2130706433:6443',
  'https://0x7f000001',
  'https://0177.0.0.1',
  'https://0x7f.1',
  'https://[::1]:6443',
  'https://[0:0:0:0:0:0:0:1]',
  'https://[::ffff:127.0.0.1]',
  'https://[::ffff:7f00:1]:6443',
  'https://0.0.0.0:6443',
  'https://0',
  'https://[::]:6443',
  'https://[::ffff:0.0.0.0]',
  'https://localhost:37235',
  'https://LOCALHOST',
  'https://localhost.:6443',
  'https://kind.localhost:6443',
  'https://127.0.0.1.:6443',
  'http://127.0.0.1:8001',
  'socks5://127.0.0.1:1080',
  'socks5://localhost:1080',
  'https://user:secret@127.0.0.1',
  'https://192.0.2.7:6443',
  'https://[2001:db8:0::7]:6443',
  'https://[::ffff:192.0.2.7]',
])('cases 2.3: %s is this machine', (url) => expect(isThisMachine(url, own)).toBe(true));

test.each([
  'https://10.0.0.1:6443',
  'https://127.0.0.1.example.com',
  'https://localhost.example.com:6443',
  'https://notlocalhost',
  'https://kind-kind',
  'https://128.0.0.1',
  'https://0.0.0.1',
  'https://[::2]',
  'https://[::ffff:10.0.0.1]',
  'https://[64:ff9b::7f00:1]',
  'https://[2001:db8::8]',
  'https://192.0.2.70',
  'https://10.0.0.1#127.0.0.1',
  'https://127.0.0.1@10.0.0.1',
  'socks5://10.0.0.1:1080',
  'nonsense',
  '',
  'https://',
])('cases 2.3: %s is not this machine', (url) => expect(isThisMachine(url, own)).toBe(false));
