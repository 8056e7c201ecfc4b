import { type Diagnostic, nearest, type Place } from '../diagnostic/index.ts';
import { INGEST_CODES } from './errors.ts';

/** TT2014: a second mapping of an id that is taken. */
export function duplicateMapping(id: string, at?: Place): Diagnostic {
  return {
    code: INGEST_CODES.TT2014.code,
    severity: 'error',
    message: `there is another mapping with the id '${id}'; the first one counts`,
    hint: 'Give each mapping an id of its own.',
    ...(at === undefined ? {} : { at }),
  };
}

/** TT2015: a vocabulary that is not there. */
export function unknownVocabulary(name: string, known: readonly string[], at?: Place): Diagnostic {
  const near = nearest(name, known);
  return {
    code: INGEST_CODES.TT2015.code,
    severity: 'error',
    message: `there is no vocabulary '${name}'`,
    hint: near === undefined ? `Known vocabularies: ${known.join(', ')}.` : `Did you mean '${near}'?`,
    ...(at === undefined ? {} : { at }),
  };
}
