import { readFile } from 'node:fs/promises';
import { load, YAMLException } from 'js-yaml';
import type { Checked, Diagnostic } from '../diagnostic/index.ts';
import { ADAPTER_CODES } from './errors.ts';
import { unreadable } from './file-trouble.ts';

/**
 * The value of a YAML file that the operator wrote (a mapping, value lists); rules do not come this way.
 * Reports TT9001, TT9002 and TT9009.
 */
export async function readYamlFile(path: string): Promise<Checked<unknown>> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (thrown) {
    const diagnostic =
      thrown instanceof TypeError ? notYaml(path, 'it is not UTF-8 text') : unreadable(path, thrown);
    return { value: undefined, diagnostics: [diagnostic] };
  }
  try {
    return { value: load(text, { filename: path }), diagnostics: [] };
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) {
      return { value: undefined, diagnostics: [notYaml(path, 'it nests too deep')] };
    }
    const { line, column } = thrown.mark;
    return {
      value: undefined,
      diagnostics: [notYaml(path, thrown.reason, { line: line + 1, column: column + 1 })],
    };
  }
}

function notYaml(path: string, reason: string, at = { line: 1, column: 1 }): Diagnostic {
  return {
    code: ADAPTER_CODES.TT9009.code,
    severity: 'error',
    message: `${path} is not YAML: ${reason}`,
    at: { file: path, ...at },
  };
}
