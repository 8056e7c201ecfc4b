import type { Diagnostic } from '../diagnostic/index.ts';

/** What a command ends with, the same for all of them (the README's table). */
export const EXIT = {
  /** Done, and nothing to complain of. */
  clean: 0,
  /** Findings, failed tests, a missed threshold. */
  findings: 1,
  /** A rule does not load. */
  rule: 2,
  /** The command line or a configuration is wrong, or names nothing to do. */
  usage: 3,
  /** The outside refused: disk, permission, output. */
  environment: 4,
  /** A fault of ours. */
  internal: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code that findings about paths, options and outputs ask for: 0 where none is an error. */
export function exitCodeFor(diagnostics: readonly Diagnostic[]): ExitCode {
  let worst: ExitCode = EXIT.clean;
  for (const { code, severity } of diagnostics) {
    if (severity !== 'error') continue;
    const own = exitCodeOf(code);
    if (own > worst) worst = own;
  }
  return worst;
}

/** What the outside is to blame for, of the codes of the command line: no daemon, a state that cannot be used, disk, ports, receivers, the clock. */
const ENVIRONMENT: ReadonlySet<string> = new Set([
  'TT8072',
  'TT8082',
  'TT8083',
  'TT8085',
  'TT8086',
  'TT8087',
  'TT8088',
  'TT8090',
  'TT8092',
]);

/** Findings of a daemon's configuration. */
const CONFIGURATION = /^TT701/;

/** A missing path, a wrong option, a wrong configuration and a bad mapping or value list are usage; what the system refuses is the environment; the rest are rules. */
function exitCodeOf(code: string): ExitCode {
  if (ENVIRONMENT.has(code)) return EXIT.environment;
  if (
    code === 'TT9001' ||
    code === 'TT9009' ||
    CONFIGURATION.test(code) ||
    code.startsWith('TT8') ||
    code.startsWith('TT2')
  )
    return EXIT.usage;
  if (code === 'TT9004' || code === 'TT9005') return EXIT.rule;
  if (code.startsWith('TT9')) return EXIT.environment;
  return EXIT.rule;
}
