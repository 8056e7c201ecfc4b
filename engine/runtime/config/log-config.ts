import { LOG_LEVELS, type LogLevel } from '../daemon/log-port.ts';
import { oneOf, type Plain, part, texts } from './plain.ts';

/** The forms of the log: lines for people, or JSON for programs; `auto` is text on a terminal and JSON elsewhere. */
export const LOG_FORMATS = ['auto', 'text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What the log says, and how. */
export interface LogConfig {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Names whose values are masked, besides those that are masked anyway. */
  readonly redact: readonly string[];
}

/** Reads `log:` of a configuration that fits the schema. */
export function readLog(value: Plain): LogConfig {
  const given = part(value, 'log');
  return {
    level: oneOf(given?.['level'], LOG_LEVELS, 'info'),
    format: oneOf(given?.['format'], LOG_FORMATS, 'auto'),
    redact: texts(given, 'redact') ?? [],
  };
}

/** The part of the configuration's JSON Schema. */
export const LOG_SCHEMA: Plain = {
  type: 'object',
  additionalProperties: false,
  description: 'What the engine says about itself on standard error. Secrets never stand in it.',
  properties: {
    level: { enum: [...LOG_LEVELS], description: 'The least that is said. Default info.' },
    format: {
      enum: [...LOG_FORMATS],
      description: 'text for people, json for programs. Default auto: text on a terminal, json elsewhere.',
    },
    redact: {
      type: 'array',
      items: { type: 'string', minLength: 2, maxLength: 100, pattern: '^[\\w.-]+$', examples: ['badge_id'] },
      maxItems: 100,
      description:
        'Names whose values are masked, as fields and as `name=value` in texts. Tokens, passwords, keys, cookies and URLs with credentials are masked anyway.',
    },
  },
};
