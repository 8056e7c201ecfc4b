import { type Diagnostic, declareCodes } from '../diagnostic/index.ts';

/** The codes of this room. */
export const RUNTIME_CODES = declareCodes({
  TT7001: {
    severity: 'info',
    title: 'events of no known schema',
    explanation:
      'No mapping recognised these records, so nothing says which product, category and service they are of. With `--logsource any` (the default of scan) every rule looks at them, whatever its logsource; with `--logsource product=…,category=…` only rules for that. A mapping of your own (`--mapping FILE`) tells their fields, time and entities too.',
    failing: '{"some":"record"}',
    fixed: '{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational"}',
  },
  TT7002: {
    severity: 'error',
    title: 'a worker thread stopped',
    explanation:
      'A thread that detects ended before its work was done (out of memory, most likely); what it had not handed back is missing from the result.',
    failing: '--threads 64 on a small machine',
    fixed: '--threads 2',
  },
});

/** Says how many events were of no known schema, and what was done with them. */
export function unknownSchemas(count: number, treatment: string): Diagnostic {
  return {
    code: RUNTIME_CODES.TT7001.code,
    severity: 'info',
    message: `${count} ${count === 1 ? 'event is' : 'events are'} of no known schema: ${treatment}`,
    hint: 'say what they are with --logsource product=…,category=…, or add a mapping',
  };
}
