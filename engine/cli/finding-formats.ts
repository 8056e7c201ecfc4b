/** The forms in which signals, alerts and incidents can be written. */
export const FINDING_FORMATS = [
  'pretty',
  'ndjson',
  'json',
  'csv',
  'ocsf',
  'stix',
  'ecs',
  'cef',
  'leef',
  'markdown',
  'html',
  'mermaid',
  'graphviz',
] as const;
export type FindingFormat = (typeof FINDING_FORMATS)[number];

/** What can be written. */
export const EMITTED = ['signals', 'alerts', 'incidents'] as const;
export type Emitted = (typeof EMITTED)[number];

/**
 * What each form holds where nothing is asked for: everything for people; signals in the forms that hold one kind of line; alerts and incidents
 * where other products read; incidents where a graph is drawn.
 */
export const EMITTED_BY_DEFAULT: Readonly<Record<FindingFormat, readonly Emitted[]>> = {
  pretty: EMITTED,
  ndjson: ['signals'],
  json: ['signals'],
  csv: ['signals'],
  ocsf: ['alerts', 'incidents'],
  stix: ['alerts', 'incidents'],
  ecs: ['alerts', 'incidents'],
  cef: ['alerts', 'incidents'],
  leef: ['alerts', 'incidents'],
  markdown: ['alerts', 'incidents'],
  html: ['alerts', 'incidents'],
  mermaid: ['incidents'],
  graphviz: ['incidents'],
};
