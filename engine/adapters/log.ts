import type { ClockPort, LogConfig, LogFields, LogLevel, LogPort } from '../runtime/index.ts';
import { maskerOf } from './log-mask.ts';
import { printable } from './printable.ts';

/** What a log is made with. */
export interface LogOptions extends Omit<LogConfig, 'format'> {
  readonly format: 'text' | 'json';
  /** Texts that must not be seen; asked for at every line. */
  readonly secrets: () => readonly string[];
  readonly clock: Pick<ClockPort, 'nowMicros'>;
  /** Takes a line without its end. */
  readonly write: (line: string) => void;
}

/**
 * The log by pino: one line of JSON with `level`, `time` (ISO 8601, UTC), `msg` and what it is about; or, as text, the time, the level where it is not info, and
 * the message. Everything is masked before it is given to pino, and cannot break a line or steer a terminal.
 */
export async function openLog({
  level,
  format,
  redact,
  secrets,
  clock,
  write,
}: LogOptions): Promise<LogPort> {
  // Commands that are no daemon shall not pay for loading it.
  const { pino } = await import('pino');
  const masker = maskerOf(secrets, redact);
  const time = (): string => new Date(Math.floor(clock.nowMicros() / 1000)).toISOString();
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${time()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => write(format === 'text' ? textLine(line) : line.trimEnd()) },
  );
  const saying =
    (at: LogLevel) =>
    (text: string, about: LogFields = {}): void => {
      if (!logger.isLevelEnabled(at)) return;
      const fields = masker.value(about);
      logger[at](typeof fields === 'object' && fields !== null ? fields : {}, masker.text(text));
    };
  return { debug: saying('debug'), info: saying('info'), warn: saying('warn'), error: saying('error') };
}

/** A line of pino's for people; what it is about stands in its message already. */
function textLine(line: string): string {
  const { level, time, msg } = JSON.parse(line) as Readonly<Record<string, string>>;
  const text = printable((msg ?? '').replaceAll(/[\n\t]+/g, ' '));
  return `${time} ${level === 'info' ? '' : `${level}: `}${text}`;
}
