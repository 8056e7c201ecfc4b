import { declareCodes } from '../diagnostic/index.ts';

/** The codes of this room. TT2001–TT2009 are about records, TT2010 and up about mappings; examples are NDJSON and YAML. */
export const INGEST_CODES = declareCodes({
  TT2010: {
    severity: 'error',
    title: 'A mapping has the wrong shape',
    explanation:
      'A mapping document is an object with `mapping` (its id), `title`, `detect` and `time`; each value has the type that `telltale schema mapping` gives.',
    failing: 'mapping: my-app\ntitle: My application\ndetect: everything\ntime: [ts]\n',
    fixed: 'mapping: my-app\ntitle: My application\ndetect:\n  - - path: app\ntime: [ts]\n',
  },
  TT2011: {
    severity: 'error',
    title: 'A mapping has a key that nobody reads',
    explanation:
      'Mappings are ours alone, so an unknown key is a mistake: most often a misspelt one. The nearest known key is offered.',
    failing:
      'mapping: my-app\ntitle: My application\ndetect:\n  - - path: app\ntime: [ts]\nlogsorce: {products: [linux]}\n',
    fixed:
      'mapping: my-app\ntitle: My application\ndetect:\n  - - path: app\ntime: [ts]\nlogsource: {products: [linux]}\n',
  },
  TT2012: {
    severity: 'error',
    title: 'A mapping would recognise every record',
    explanation:
      'A mapping whose `detect` has no group, or a group that asks for nothing to be present, would take every record from all mappings after it.',
    failing: 'mapping: my-app\ntitle: My application\ndetect:\n  - - {path: app, absent: true}\ntime: [ts]\n',
    fixed:
      'mapping: my-app\ntitle: My application\ndetect:\n  - - {path: app}\n    - {path: pid, absent: true}\ntime: [ts]\n',
  },
  TT2013: {
    severity: 'error',
    title: 'A class names a discriminator that the mapping does not have',
    explanation:
      'The keys of `when` are names of `discriminators`; a row with another name could never apply.',
    failing:
      'mapping: my-app\ntitle: My application\ndetect:\n  - - path: app\ntime: [ts]\ndiscriminators:\n  - {name: kind, paths: [kind]}\nclasses:\n  - when: {kid: [login]}\n',
    fixed:
      'mapping: my-app\ntitle: My application\ndetect:\n  - - path: app\ntime: [ts]\ndiscriminators:\n  - {name: kind, paths: [kind]}\nclasses:\n  - when: {kind: [login]}\n',
  },
  TT2014: {
    severity: 'error',
    title: 'Two mappings have one id',
    explanation:
      'The id of a mapping is the name of its schema, so it is given once. The first one counts. A mapping with the id of a built-in one replaces that.',
    failing:
      'mapping: my-app\ntitle: One\ndetect:\n  - - path: app\ntime: [ts]\n---\nmapping: my-app\ntitle: Two\ndetect:\n  - - path: app\ntime: [ts]\n',
    fixed:
      'mapping: my-app\ntitle: One\ndetect:\n  - - path: app\ntime: [ts]\n---\nmapping: my-app-two\ntitle: Two\ndetect:\n  - - path: app\ntime: [ts]\n',
  },
  TT2015: {
    severity: 'error',
    title: 'A mapping names a vocabulary that is not there',
    explanation:
      'A vocabulary is a table of classes and field names that several mappings share; only the built-in ones exist.',
    failing:
      'mapping: my-app\ntitle: My application\nvocabulary: window\ndetect:\n  - - path: app\ntime: [ts]\n',
    fixed:
      'mapping: my-app\ntitle: My application\nvocabulary: windows\ndetect:\n  - - path: app\ntime: [ts]\n',
  },
});
