import { type RuleRef, sha256 } from '../model/index.ts';

/**
 * The rule behind the signal of an event that was too costly to search in full (TT4002): whoever makes an event so large and so busy that some
 * rules cannot be decided is reported for it. It is the engine's own; no file holds it.
 */
export const COSTLY_EVENT: RuleRef = {
  kind: 'detection',
  id: 'engine.costly_event',
  title: 'Event too costly to search in full',
  version: 1,
  level: 'medium',
  confidence: 0.5,
  tags: ['attack.defense-evasion'],
  hash: sha256('engine.costly_event 1'),
};

/**
 * The rule behind the signal of a record that was refused for its size, its depth or the number of its values: no rule has seen it, so whoever
 * makes such a record would be hidden by it.
 */
export const REFUSED_RECORD: RuleRef = {
  kind: 'detection',
  id: 'engine.refused_record',
  title: 'Record beyond the limits, seen by no rule',
  version: 1,
  level: 'medium',
  confidence: 0.5,
  tags: ['attack.defense-evasion'],
  hash: sha256('engine.refused_record 1'),
};
