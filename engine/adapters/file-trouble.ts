import type { Diagnostic } from '../diagnostic/index.ts';
import { ADAPTER_CODES } from './errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'the device reports an error',
};

/** The operating system's error code (`ENOENT`) of something thrown, or undefined where it carries none. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}

/** In words, why the operating system refused. */
export function reasonOf(thrown: unknown): string {
  const code = errorCode(thrown);
  if (code === 'ENOENT') return 'there is no such file or folder';
  return REASONS[code ?? ''] ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

/** The finding for a path that could not be read: TT9001 where it does not exist, else TT9002. */
export function unreadable(path: string, thrown: unknown): Diagnostic {
  if (errorCode(thrown) === 'ENOENT') {
    return {
      code: ADAPTER_CODES.TT9001.code,
      severity: 'error',
      message: `there is no file or folder ${path}`,
      at: { file: path, line: 1, column: 1 },
      hint: 'check the spelling; paths are taken relative to the working folder',
    };
  }
  return {
    code: ADAPTER_CODES.TT9002.code,
    severity: 'error',
    message: `${path} cannot be read: ${reasonOf(thrown)}`,
    at: { file: path, line: 1, column: 1 },
  };
}

/** The finding for a file that could not be written (TT9006). */
export function unwritable(path: string, thrown: unknown): Diagnostic {
  return {
    code: ADAPTER_CODES.TT9006.code,
    severity: 'error',
    message: `${path} cannot be written: ${reasonOf(thrown)}`,
    at: { file: path, line: 1, column: 1 },
    ...(errorCode(thrown) === 'ENOENT' ? { hint: 'make the folder first' } : {}),
  };
}

/** The finding for a stream of the process that could not be written (TT9006). */
export function unwritableStream(name: string, thrown: unknown): Diagnostic {
  const message = `${name} cannot be written: ${reasonOf(thrown)}`;
  return { code: ADAPTER_CODES.TT9006.code, severity: 'error', message };
}
