import { parseNetwork } from '../match/index.ts';
import type { EventTime, IndicatorType } from '../model/index.ts';
import { normaliseDomain, normaliseEmail, normaliseHash, normaliseUrl } from './normal-form.ts';

/** One row of a feed. */
export interface Indicator {
  readonly type: IndicatorType;
  readonly value: string;
  /** The feed that says so. */
  readonly source: string;
  /** 0–100, what the feed gives when it last saw the indicator. */
  readonly confidence: number;
  /** When the feed last saw it; decay begins here. The time of loading where absent. Kept to the hour, rounded down. */
  readonly lastSeen?: EventTime;
  /** No match from here on. Kept to the second, rounded down. */
  readonly validUntil?: EventTime;
  /** The feed takes it back: what it said of the value at this time or before is gone. */
  readonly revoked?: boolean;
}

/** Who takes what a reader finds, so that a feed of millions of rows is never held as objects. */
export interface FeedSink {
  indicator(indicator: Indicator): void;
}

/** The type of a value by its shape, as plain lists ask for it; undefined where it is none. Broken-up writing is mended first. */
export function typeOf(text: string): IndicatorType | undefined {
  if (text.length > 2048 || text.length < 2 || /\s/.test(text)) return undefined;
  if (text.includes('://')) return normaliseUrl(text) === undefined ? undefined : 'url';
  if (normaliseHash(text) !== undefined) return 'hash';
  if (text.includes('@')) return normaliseEmail(text) === undefined ? undefined : 'email';
  if (parseNetwork(text) !== undefined) return text.includes('/') ? 'cidr' : 'ip';
  if (normaliseDomain(text) !== undefined) return 'domain';
  if (/[/:?]/.test(text) && normaliseUrl(text) !== undefined) return 'url';
  return undefined;
}

/** Whether the value is one of the type. */
export function isOfType(type: IndicatorType, value: string): boolean {
  switch (type) {
    case 'ip':
    case 'cidr':
      return parseNetwork(value) !== undefined;
    case 'domain':
      return normaliseDomain(value) !== undefined;
    case 'url':
      return normaliseUrl(value) !== undefined;
    case 'hash':
      return normaliseHash(value) !== undefined;
    case 'email':
      return normaliseEmail(value) !== undefined;
    default:
      return type satisfies never;
  }
}

/** Mends what reports break up so that nobody clicks it: `hxxp`, `[.]`, `(.)`, `[:]`, `[at]`. */
export function refang(text: string): string {
  if (!/[[(]|^hxxp/i.test(text)) return text;
  return text
    .replace(/^hxxp/i, 'http')
    .replace(/\[\.\]|\(\.\)|\[dot\]|\(dot\)/gi, '.')
    .replace(/\[:\]/g, ':')
    .replace(/\[:\/\/\]/g, '://')
    .replace(/\[at\]|\(at\)|\[@\]/gi, '@');
}
