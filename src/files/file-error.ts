import { TrafficlabError, UnavailableError, UsageError } from '../errors.ts';

/** Why the system refused, and what to do; errno(3). The first group is of the path that was named, the second of the machine. */
const ofPath: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  ENOENT: ['no such file or folder', 'check the path'],
  ENOTDIR: ['a part of the path is not a folder', 'use another path'],
  EEXIST: ['the name is already in use', 'use another path'],
  ENOTEMPTY: ['the name is already in use', 'use another path'],
  EISDIR: ['it is a folder', 'use a file'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter name'],
  ELOOP: ['it is a symbolic link, or its links form a loop', 'delete the link, or use another path'],
  EINVAL: ['the file system does not allow it', 'use another path'],
  ENXIO: ['it is not a regular file', 'use a regular file'],
  ERR_INVALID_ARG_VALUE: ['the path is not valid', 'use another path'],
};
/** Reasons that no other place would mend. */
const ofProcess = ['EMFILE', 'ENFILE', 'ENOMEM'];
const ofMachine: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EACCES: ['permission denied', 'use a writable path, or change the permissions'],
  EPERM: ['operation not permitted', 'use a writable path, or change the permissions'],
  EROFS: ['the file system is read-only', 'use a path on another file system'],
  ENOSPC: ['no space left on the device', 'free some space, or use a path on another file system'],
  EDQUOT: ['the disk quota is used up', 'free some space, or use a path on another file system'],
  EFBIG: ['the file exceeds the size limit', 'raise the limit (ulimit -f), or use another path'],
  EMFILE: ['too many open files in this process', 'raise the limit, for example: ulimit -n 4096'],
  ENFILE: ['too many open files on this machine', 'close other programs, or raise fs.file-max'],
  ENOMEM: ['out of memory', 'close other programs'],
  EIO: ['the device failed', 'check dmesg'],
  ESTALE: ['stale file handle on the network file system', 'mount it again'],
  EBUSY: ['it is in use', 'try again later'],
  ETXTBSY: ['it is in use', 'try again later'],
};

export interface FileErrorOptions {
  /** What to do next, where that depends on what is done; absent: what fits the reason. */
  readonly remedy?: string;
  /** Work had begun: exit code 1, whatever the reason. */
  readonly begun?: boolean;
}

/**
 * The error for people of a file operation that failed: exit code 2 where the path is at fault, 3 where the machine is, 1 where work had begun.
 * @param doing what was tried, with the path, as in "the results folder /x cannot be made".
 * @returns the very error where it is no error of the system, or is told already.
 */
export function fileError(error: unknown, doing: string, { remedy, begun = false }: FileErrorOptions = {}): unknown {
  if (error instanceof TrafficlabError || !isFileError(error)) return error;
  const code = error.code ?? '';
  const [why, fitting] = (Object.hasOwn(ofPath, code) ? ofPath[code] : ofMachine[code]) ?? [code, 'use another path'];
  const message = `${doing}: ${why}`;
  const details = { remedy: ofProcess.includes(code) ? fitting : (remedy ?? fitting), cause: error };
  if (begun) return new TrafficlabError(message, details);
  return Object.hasOwn(ofPath, code) ? new UsageError(message, details) : new UnavailableError(message, details);
}

/** Whether an error is one of the system about a file, or of Node.js about a path. */
const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && ('syscall' in error || (error as NodeJS.ErrnoException).code === 'ERR_INVALID_ARG_VALUE');

/**
 * An error of the system that no caller has put into words: a file or a folder that something lacked on the way.
 * Undefined where it is no such error.
 */
export function unexpectedFileError(error: unknown): TrafficlabError | undefined {
  // Node.js says so as well of a module that it may not open because too many files are.
  if (error instanceof Error && /^(ERR_)?MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? ''))
    return new UnavailableError(`cannot load a part of trafficlab: ${error.message.split('\n')[0]}`, {
      remedy: 'raise the open-file limit: ulimit -n 4096; if that does not help, reinstall: npm ci',
      cause: error,
    });
  if (!isFileError(error)) return undefined;
  if (error.syscall === 'uv_cwd')
    return new UsageError('the working folder does not exist any more', {
      remedy: 'change to another folder',
      cause: error,
    });
  const what = [error.syscall, error.path, 'failed'].filter(Boolean).join(' ');
  if (error.path?.startsWith('/proc/') && error.code === 'ENOENT')
    return new UnavailableError(`${what}: /proc is not a Linux procfs`, {
      remedy: 'mount it: mount -t proc proc /proc',
      cause: error,
    });
  return fileError(error, what, { begun: true }) as TrafficlabError;
}
