import { openLog } from '../adapters/index.ts';
import { type ClockPort, type DaemonConfig, type LogPort, secretsOf } from '../runtime/index.ts';
import { knownToken } from './api-files.ts';
import type { Terminal } from './terminal.ts';

/** The log of a daemon, on standard error. No secret of its configuration, nor the token of its state folder, gets into it. */
export function openDaemonLog(
  config: DaemonConfig,
  { terminal, clock }: { readonly terminal: Terminal; readonly clock: ClockPort },
): Promise<LogPort> {
  const { level, format, redact } = config.log;
  const configured = secretsOf(config);
  const shown = format === 'auto' ? (terminal.watched ? 'text' : 'json') : format;
  let admin: string | undefined;
  return openLog({
    level,
    redact,
    clock,
    format: shown,
    secrets: () => {
      // The first start makes it, after the log was opened.
      admin ??= knownToken(config.state);
      return admin === undefined ? configured : [...configured, admin];
    },
    write: (line) => terminal.say(line),
  });
}
