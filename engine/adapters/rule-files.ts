import { readFileSync, statSync } from 'node:fs';
import type { Diagnostic } from '../diagnostic/index.ts';
import { ADAPTER_CODES } from './errors.ts';
import { unreadable } from './file-trouble.ts';
import { walk } from './walk.ts';

/** A rule file as read: the path as given (or under the folder given), and its text without a byte order mark. */
export interface RuleText {
  readonly path: string;
  readonly text: string;
}

/** The largest rule file that is read. The public set's largest is 60 kB. */
export const RULE_FILE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * The rule files (`.yml`, `.yaml`) under files and folders, in a fixed order, as text. A file that cannot be read is reported
 * and never hides another. Reports TT9001, TT9002, TT9004, TT9005, TT9007.
 */
export async function readRuleFiles(
  paths: readonly string[],
): Promise<{ readonly files: readonly RuleText[]; readonly diagnostics: readonly Diagnostic[] }> {
  const found = await walk(paths, (name) => /\.ya?ml$/i.test(name));
  // Thousands of small files at the start of a command: reading them one by one without the event loop takes a third of the time.
  const results = found.files.map(readRule);
  const files: RuleText[] = [];
  const diagnostics: Diagnostic[] = [...found.diagnostics];
  for (const result of results) {
    if ('text' in result) files.push(result);
    else diagnostics.push(result);
  }
  return { files, diagnostics };
}

function readRule(path: string): RuleText | Diagnostic {
  try {
    const found = statSync(path);
    if (!found.isFile()) return unreadable(path, new Error('it is neither a file nor a folder'));
    if (found.size > RULE_FILE_BYTES_MAX) return tooLarge(path, found.size);
    const bytes = readFileSync(path);
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (thrown) {
    return thrown instanceof TypeError ? notText(path) : unreadable(path, thrown);
  }
}

function tooLarge(path: string, size: number): Diagnostic {
  return {
    code: ADAPTER_CODES.TT9005.code,
    severity: 'error',
    message: `${path} has ${size} bytes; at most ${RULE_FILE_BYTES_MAX} are read`,
    at: { file: path, line: 1, column: 1 },
    hint: 'split it into a file a rule, or move what is no rule out of the folder',
  };
}

function notText(path: string): Diagnostic {
  return {
    code: ADAPTER_CODES.TT9004.code,
    severity: 'error',
    message: `${path} is not UTF-8 text`,
    at: { file: path, line: 1, column: 1 },
    hint: 'save it as UTF-8',
  };
}
