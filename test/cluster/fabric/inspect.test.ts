import { expect, test } from 'vitest';
import { namespaceObstacle } from '../../../src/cluster/fabric/inspect.ts';
import { obstacleWords } from '../../../src/words/obstacle.ts';

const open = { unprivilegedClone: '1', mostUserNamespaces: '63000', appArmorRestricts: undefined };

test.each([
  ['Debian before 11', { unprivilegedClone: '0' }, 'debian', 'sudo sysctl -w kernel.unprivileged_userns_clone=1'],
  ['a hardened kernel', { mostUserNamespaces: '0' }, 'kernel', 'sudo sysctl -w user.max_user_namespaces=10000'],
  ['Ubuntu 24.04', { appArmorRestricts: '1' }, 'apparmor', 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'],
])(
  '%s keeps ordinary users from namespaces: the setting is named, with the command that changes it',
  (_name, setting, by, remedy) => {
    const obstacle = namespaceObstacle({ ...open, ...setting }, false);
    expect(obstacle).toEqual({ code: 'namespaces-closed', by });
    expect(obstacleWords(obstacle!).remedy).toBe(remedy);
    expect(obstacleWords(obstacle!).reason).toContain(remedy.split(' ').at(-1)!.split('=')[0]);
    expect(namespaceObstacle({ ...open, ...setting }, true), 'root needs none').toBeUndefined();
  },
);

test('a kernel that allows them is no obstacle, and so is one that knows no such settings', () => {
  expect(namespaceObstacle(open, false)).toBeUndefined();
  const unknown = { unprivilegedClone: undefined, mostUserNamespaces: undefined, appArmorRestricts: undefined };
  expect(namespaceObstacle(unknown, false)).toBeUndefined();
});
