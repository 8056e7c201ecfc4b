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
  TT7010: {
    severity: 'error',
    title: 'no such setting',
    explanation:
      'The configuration has a key that no part of Telltale reads. A misspelt setting that is silently ignored would be worse than none.',
    failing: 'outputs:\n  - {type: file, pth: ./alerts.ndjson}',
    fixed: 'outputs:\n  - {type: file, path: ./alerts.ndjson}',
  },
  TT7011: {
    severity: 'error',
    title: 'a setting is not what it should be',
    explanation:
      'A value is missing, of the wrong type, not one of the allowed ones, or used twice where it must be unique.',
    failing: 'sources:\n  - {type: kafka}',
    fixed: 'sources:\n  - {type: http}',
  },
  TT7012: {
    severity: 'error',
    title: 'a reference to a secret leads to nothing',
    explanation:
      'Secrets stand in the environment (`${env:NAME}`) or in files (`${file:PATH}`), never in the configuration. This one is not set, or is empty.',
    failing: 'sources:\n  - {type: http, token: "${env:NOT_SET_ANYWHERE}"}',
    fixed: 'sources:\n  - {type: http, listen: 127.0.0.1:9200}',
  },
  TT7013: {
    severity: 'error',
    title: 'open to the network without a token',
    explanation:
      'What can be reached from other machines must ask for a token; only a loopback address may be open without one.',
    failing: 'sources:\n  - {type: http, listen: 0.0.0.0:9200}',
    fixed: 'sources:\n  - {type: http, listen: 127.0.0.1:9200}',
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
