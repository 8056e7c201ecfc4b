import type { IndicatorType } from '../../model/index.ts';
import type { FeedSink } from '../indicator.ts';
import { parseStixPattern } from '../stix-pattern.ts';
import {
  confidenceOf,
  type FeedOptions,
  type FeedReading,
  given,
  jsonOf,
  Reading,
  recordOf,
  timeOf,
} from './reading.ts';

/**
 * Reads the indicators of a STIX 2.1 bundle (OASIS, 2021; patterns: section 9) or a TAXII envelope. `modified` is when the feed last saw an
 * indicator, `valid_until` and `revoked` hold. Patterns that join values are counted as TT6605, those that cannot be read as TT6602.
 */
export function readStix(text: string, sink: FeedSink, options: FeedOptions): FeedReading {
  const reading = new Reading(sink, options);
  const document = jsonOf(text, reading);
  if (document === undefined) return reading.end();
  const objects = recordOf(document)?.['objects'];
  if (!Array.isArray(objects)) {
    reading.bad('TT6603', 'a bundle has a list "objects"', {});
    return reading.end();
  }
  objects.forEach((object: unknown, i) => {
    const record = recordOf(object);
    if (record?.['type'] === 'indicator') takeIndicator(record, { reading, path: `objects[${i}]` });
  });
  return reading.end();
}

function takeIndicator(
  record: Readonly<Record<string, unknown>>,
  { reading, path }: { readonly reading: Reading; readonly path: string },
): void {
  const { pattern, pattern_type: language = 'stix' } = record;
  const values = language === 'stix' && typeof pattern === 'string' ? valuesOf(pattern) : undefined;
  if (values === undefined) {
    badPattern(record, { reading, path });
    return;
  }
  const said = given({
    confidence: confidenceOf(record['confidence']),
    lastSeen: timeOf(record['modified']) ?? timeOf(record['valid_from']) ?? timeOf(record['created']),
    validUntil: timeOf(record['valid_until']),
    revoked: record['revoked'] === true ? true : undefined,
  });
  for (const { type, value } of values) reading.take(value, type, { path, ...said });
}

/** What joins values is a rule (TT6605); the rest cannot be read (TT6602). */
function badPattern(
  { pattern, pattern_type: language = 'stix' }: Readonly<Record<string, unknown>>,
  { reading, path }: { readonly reading: Reading; readonly path: string },
): void {
  if (language !== 'stix') {
    reading.bad('TT6602', `a pattern of ${String(language)}`, { path });
    return;
  }
  const text = String(pattern).slice(0, 120);
  const parsed = typeof pattern === 'string' ? parseStixPattern(pattern) : 'is no text';
  if (typeof parsed === 'string') {
    reading.bad('TT6602', `the pattern ${parsed}: ${text}`, { path });
    return;
  }
  const hint = 'telltale import stix makes rules of what joins several values';
  reading.bad('TT6605', `a rule, not an indicator: ${text}`, { path, hint });
}

interface Atom {
  readonly type: IndicatorType;
  readonly value: string;
}

const PATHS: Readonly<Record<string, IndicatorType>> = {
  'ipv4-addr:value': 'ip',
  'ipv6-addr:value': 'ip',
  'domain-name:value': 'domain',
  'url:value': 'url',
  'email-addr:value': 'email',
  'email-message:from_ref.value': 'email',
};

/** The values of a pattern: of one observation, or of several of which any will do. */
function valuesOf(pattern: string): readonly Atom[] | undefined {
  const one = atomsOf(pattern);
  if (one !== undefined) return one;
  const atoms: Atom[] = [];
  // Only a whole alternative is taken: half of what is joined by AND would be another pattern.
  for (const part of pattern.split(/(?<=\])\s*OR\s*(?=\[)/i)) {
    const own = atomsOf(part);
    if (own === undefined) return undefined;
    atoms.push(...own);
  }
  return atoms;
}

/** The values of a pattern of one observation whose comparisons are joined by OR; undefined where it asks for anything else. */
function atomsOf(pattern: string): readonly Atom[] | undefined {
  const inside = /^\s*\[([\s\S]*)\]\s*$/.exec(pattern)?.[1];
  if (inside === undefined) return undefined;
  const token = /\s*(\(|\)|,|'(?:[^'\\]|\\.)*'|[^\s='(),[\]]+(?:'[^']*'[^\s='(),[\]]*)*|=)\s*/gy;
  const tokens: string[] = [];
  while (token.lastIndex < inside.length) {
    const found = token.exec(inside)?.[1];
    if (found === undefined) return undefined;
    tokens.push(found);
  }
  const atoms: Atom[] = [];
  for (let at = 0; ; at++) {
    const [path = '', operator = ''] = [tokens[at] ?? '', (tokens[at + 1] ?? '').toUpperCase()];
    const base = typeOfPath(path);
    if (base === undefined) return undefined;
    at += 2;
    const values: string[] = [];
    if (operator === 'IN') {
      if (tokens[at++] !== '(') return undefined;
      for (;;) {
        values.push(tokens[at++] ?? '');
        const next = tokens[at++];
        if (next === ')') break;
        if (next !== ',') return undefined;
      }
    } else if (operator === '=' || (operator === 'ISSUBSET' && base === 'ip'))
      values.push(tokens[at++] ?? '');
    else return undefined;
    for (const literal of values) {
      if (!/^'[\s\S]*'$/.test(literal)) return undefined;
      const value = literal.slice(1, -1).replace(/\\(.)/g, '$1');
      atoms.push({ type: base === 'ip' && value.includes('/') ? 'cidr' : base, value });
    }
    if (at === tokens.length) return atoms;
    if ((tokens[at] ?? '').toUpperCase() !== 'OR') return undefined;
  }
}

function typeOfPath(path: string): IndicatorType | undefined {
  if (Object.hasOwn(PATHS, path)) return PATHS[path];
  return /^(?:file|artifact):hashes\.'?(?:MD5|SHA-?1|SHA-?224|SHA-?256|SHA-?384|SHA-?512)'?$/i.test(path)
    ? 'hash'
    : undefined;
}
