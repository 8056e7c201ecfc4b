import { LANGUAGE_CODES } from '../errors.ts';
import type { Modifier } from './modifier.ts';
import { notFor } from './shape.ts';

export const intel: Modifier = {
  name: 'intel',
  doc: 'The field holds something that a feed of threat intelligence lists, valid at the time of the event: an address (also inside a listed network), a domain (also below a listed one), a URL, a digest or an e-mail address. The value is the name or id of a feed, or `any`.',
  example: 'DestinationIp|intel: our-block-list',
  excludes: [
    ...['contains', 'startswith', 'endswith', 're', 'cidr', 'exists', 'fieldref', 'cased', 'windash'],
    ...['base64', 'base64offset', 'wide', 'utf16', 'utf16le', 'utf16be', 'lt', 'lte', 'gt', 'gte'],
  ],
  apply(operand) {
    if (operand.kind !== 'text' || operand.raw === undefined)
      return notFor('intel', operand, 'the name of a feed');
    const set = operand.raw.trim();
    if (set !== '') return [{ kind: 'set', set: set === '*' ? 'any' : set }];
    return {
      code: LANGUAGE_CODES.TT1203,
      message: '`intel` has no feed to ask',
      hint: 'write the name of a feed, or any',
    };
  },
};
