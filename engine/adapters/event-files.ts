import type { Diagnostic } from '../diagnostic/index.ts';
import { ADAPTER_CODES } from './errors.ts';
import { walk } from './walk.ts';

/** The name that stands for standard input. */
export const STANDARD_INPUT = '-';

const NAMED_LIKE_EVENTS = /\.(?:json|jsonl|ndjson|log|txt)(?:\.gz)?$/i;

/**
 * The event files that inputs name, in a fixed order: a file is taken whatever its name, `-` is standard input (once), a folder
 * gives what is named like an event log, sorted. Reports TT9001, TT9002, TT9007, and once TT9008 for what folders held besides.
 */
export async function listEventFiles(
  inputs: readonly string[],
): Promise<{ readonly files: readonly string[]; readonly diagnostics: readonly Diagnostic[] }> {
  const files: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const skipped = new Map<string, number>();
  for (const input of inputs) {
    if (input === STANDARD_INPUT) {
      if (!files.includes(input)) files.push(input);
      continue;
    }
    const found = await walk([input], (name) => NAMED_LIKE_EVENTS.test(name));
    for (const file of found.files) if (!files.includes(file)) files.push(file);
    diagnostics.push(...found.diagnostics);
    for (const [kind, count] of found.skipped) skipped.set(kind, (skipped.get(kind) ?? 0) + count);
  }
  if (skipped.size > 0) diagnostics.push(leftOut(skipped));
  return { files, diagnostics };
}

function leftOut(skipped: ReadonlyMap<string, number>): Diagnostic {
  const kinds = [...skipped].sort(([a], [b]) => (a < b ? -1 : 1));
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const list = kinds
    .slice(0, 6)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
  return {
    code: ADAPTER_CODES.TT9008.code,
    severity: 'info',
    message: `${total} ${total === 1 ? 'file' : 'files'} not named like an event log left out (${list}${kinds.length > 6 ? ', …' : ''})`,
    hint: 'name a file itself to have it read',
  };
}
