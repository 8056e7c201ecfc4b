import {
  joinedLists,
  parseValueFile,
  readRuleFiles,
  readValueFiles,
  type ValueReading,
} from '../adapters/index.ts';
import { compareDiagnostics, type Diagnostic } from '../diagnostic/index.ts';
import type { RuleCache } from '../language/index.ts';
import { compileRuleset } from '../pipeline/index.ts';
import { compilePolicies } from '../policy/index.ts';
import { type ExaminerPorts, nativeDigest, type RuleReading } from '../runtime/index.ts';

/** How rules are read and compiled for the daemon, at its start and whenever they change. */
export function examinerPorts(
  paths: { readonly rules: readonly string[]; readonly placeholders: readonly string[] },
  cache: RuleCache | undefined,
): ExaminerPorts {
  return {
    read: () => readNow(paths),
    digest: nativeDigest,
    listProblem: ({ path, text }) => problemOf(parseValueFile(path, text)),
    compile: (rules, lists) => {
      const readings = lists.map(({ path, text }) => parseValueFile(path, text));
      const placeholders = joinedLists(readings.filter((reading) => reading.kind === 'lists'));
      const compiled = compileRuleset(rules, { placeholders, ...(cache === undefined ? {} : { cache }) });
      const policies = compilePolicies(compiled.ruleset.loaded, { lists: placeholders });
      const diagnostics = [...compiled.diagnostics, ...policies.diagnostics].sort(compareDiagnostics);
      return { compiled, policies: policies.plan, diagnostics };
    },
  };
}

/** Files must be the same at two looks, so that what is being written is not taken half. */
export function settled(
  read: () => Promise<RuleReading>,
  pause: () => Promise<void>,
): () => Promise<RuleReading> {
  let last = '';
  return async () => {
    let reading = await read();
    for (let i = 0; i < SETTLE_LOOKS_MAX; i++) {
      const seen = nativeDigest(JSON.stringify(reading));
      if (seen === last) break;
      last = seen;
      await pause();
      reading = await read();
    }
    return reading;
  };
}

/** Files that never stand still are taken as they are after so many looks. */
const SETTLE_LOOKS_MAX = 10;

async function readNow(paths: Parameters<typeof examinerPorts>[0]): Promise<RuleReading> {
  const [rules, lists] = await Promise.all([readRuleFiles(paths.rules), readValueFiles(paths.placeholders)]);
  const unreadable = [...rules.diagnostics, ...lists.diagnostics].flatMap(reasonAt);
  return { rules: rules.files, lists: lists.files, unreadable };
}

function reasonAt({ severity, message, at }: Diagnostic): RuleReading['unreadable'] {
  return severity !== 'error' || at === undefined ? [] : [{ path: at.file, reason: message }];
}

function problemOf(reading: ValueReading): string | undefined {
  switch (reading.kind) {
    case 'lists':
      return undefined;
    case 'refused':
      return reading.reason;
    case 'unreadable':
      return reading.diagnostics[0]?.message ?? 'it cannot be read';
    default:
      return reading satisfies never;
  }
}
