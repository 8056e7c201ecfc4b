import { dirname, isAbsolute, join, relative } from 'node:path';
import type { RuleTest } from '../model/index.ts';
import type { Ruleset } from '../pipeline/index.ts';
import { readWhole } from './read-whole.ts';

/** Bytes of recordings that tests name at most: a test is about a few events. */
const TEST_FILE_BYTES_MAX = 64 * 1024 * 1024;

/** The bytes of a file that a test names, or why there are none. */
export type TestFileReader = (name: string, test: RuleTest) => Uint8Array | string;

/**
 * Reads every file that the tests of a ruleset name, gzip unpacked. Names are relative to the file that the test stands in and may not lead out
 * of the working folder, unless the rules themselves lie outside of it: rules come from many hands.
 */
export async function readTestFiles(ruleset: Ruleset): Promise<TestFileReader> {
  const contents = new Map<string, Uint8Array | string>();
  for (const { tests } of [...ruleset.detections, ...ruleset.correlations]) {
    for (const test of tests) {
      for (const { file } of test.given) {
        if (file === undefined) continue;
        const path = pathOf(file, test);
        if (path !== undefined && !contents.has(path))
          contents.set(path, await readWhole(path, TEST_FILE_BYTES_MAX));
      }
    }
  }
  return (name, test) => {
    const path = pathOf(name, test);
    if (path === undefined)
      return 'it must be named relative to the rule file, within the folder of the rules';
    return contents.get(path) ?? 'it was not read';
  };
}

function pathOf(name: string, test: RuleTest): string | undefined {
  if (isAbsolute(name)) return undefined;
  const folder = dirname(test.file);
  const path = join(folder, name);
  const outside = (from: string): boolean => relative(from, path).startsWith('..');
  return outside('.') && outside(folder) ? undefined : path;
}
