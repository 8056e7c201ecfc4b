/** How much a line of the log matters; each level holds those behind it. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line is about, as plain data: a source, an output, a rule, a file … */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The log of the daemon: what happens to the engine itself, each thing once. Alerts and events of users are no lines of it. Whatever implements
 * it lets no secret pass, so that nobody who writes a line has to think of them.
 */
export interface LogPort {
  debug(text: string, about?: LogFields): void;
  info(text: string, about?: LogFields): void;
  warn(text: string, about?: LogFields): void;
  error(text: string, about?: LogFields): void;
}
