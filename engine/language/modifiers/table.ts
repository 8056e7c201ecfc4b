import { cidr } from './cidr.ts';
import { base64, base64offset, utf16be, utf16bom, utf16le, wide } from './encoding.ts';
import { expand } from './expand.ts';
import { dotAll, ignoreCase, multiline, re } from './expression.ts';
import { all, cased, exists, fieldref, neq } from './flags.ts';
import { intel } from './intel.ts';
import type { Modifier } from './modifier.ts';
import { day, gt, gte, hour, lt, lte, minute, month, week, year } from './numeric.ts';
import { contains, endswith, startswith } from './shape.ts';
import { windash } from './windash.ts';

/** Every modifier, by name. A new one is a file and a line here. */
export const MODIFIERS: ReadonlyMap<string, Modifier> = new Map(
  [
    ...[contains, startswith, endswith, all, cased, neq, exists, fieldref],
    ...[re, ignoreCase, multiline, dotAll],
    ...[base64, base64offset, utf16le, utf16be, utf16bom, wide, windash],
    ...[cidr, lt, lte, gt, gte, minute, hour, day, week, month, year, expand, intel],
  ].map((modifier) => [modifier.name, modifier]),
);
