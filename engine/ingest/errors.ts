import { declareCodes } from '../diagnostic/index.ts';

/** The codes of this room. TT2001 to TT2009 are about records, TT2010 and up about mappings; examples are NDJSON and YAML. */
export const INGEST_CODES = declareCodes({
  TT2001: {
    severity: 'error',
    title: 'A record is not JSON',
    explanation:
      'The line, or the element of the list, cannot be parsed. It is counted as rejected, the first one of a file is shown, and reading goes on with the next record.',
    failing: '{"EventID": 1}\n{"EventID": 2,, "Channel": "Security"}\n{"EventID": 3}\n',
    fixed: '{"EventID": 1}\n{"EventID": 2, "Channel": "Security"}\n{"EventID": 3}\n',
  },
  TT2002: {
    severity: 'error',
    title: 'A record is larger than the limit',
    explanation:
      'A record may have at most `recordSizeMaxBytes` bytes, so that one line cannot take the memory of all. It is skipped without being held, counted, and the next record is read. What can be read of it is reported as `engine.refused_record`, so that nobody hides by being large. (The example is checked with a limit of 32 bytes.)',
    failing: '{"EventID": 1}\n{"EventID": 2, "Message": "a long text"}\n',
    fixed: '{"EventID": 1}\n{"EventID": 2}\n',
  },
  TT2003: {
    severity: 'error',
    title: 'A record is nested deeper than the limit',
    explanation:
      'Objects and lists may be nested `recordDepthMax` deep. No log nests deeper, and what walks a value must not run out of stack. What can be read of it is reported as `engine.refused_record`, so that nobody hides by being deep. (The example is checked with a limit of 3.)',
    failing: '{"a": {"b": {"c": {"d": 1}}}}\n',
    fixed: '{"a": {"b": {"c": 1}}}\n',
  },
  TT2004: {
    severity: 'error',
    title: 'A record is not an object',
    explanation:
      'A record is a JSON object with fields. A number, a text or a list where a record should be is rejected and counted.',
    failing: '{"EventID": 1}\n42\n',
    fixed: '{"EventID": 1}\n{"EventID": 42}\n',
  },
  TT2005: {
    severity: 'error',
    title: 'The input ends inside a record',
    explanation:
      'The last record is cut off, most often because the file is still being written or was not copied whole. The records before it are read.',
    failing: '[\n  {"EventID": 1},\n  {"EventID": 2,\n',
    fixed: '[\n  {"EventID": 1},\n  {"EventID": 2}\n]\n',
  },
  TT2006: {
    severity: 'warning',
    title: 'A record holds bytes that are not UTF-8',
    explanation:
      'Each malformed sequence reads as U+FFFD, as the WHATWG Encoding standard replaces it, and the record is used. Texts with such bytes cannot match what they were meant to say. (In the example `\\xff` stands for the byte 255.)',
    failing: '{"User": "J\\xffrg"}\n',
    fixed: '{"User": "J\\xc3\\xb6rg"}\n',
  },
  TT2007: {
    severity: 'error',
    title: 'A record holds more values than the limit',
    explanation:
      'Members of objects and elements of lists, at all depths, may be `recordValuesMax` in one record. A text of a million short keys takes longer to parse than thousands of rules take to evaluate, so such a record is skipped before it is parsed, counted, and the next record is read. What can be read of it is reported as `engine.refused_record`, so that nobody hides by being many. (The example is checked with a limit of 5.)',
    failing: '{"EventID": 1}\n{"EventID": 2, "ids": [1, 2, 3, 4, 5, 6]}\n',
    fixed: '{"EventID": 1}\n{"EventID": 2, "ids": [1, 2]}\n',
  },
  TT2008: {
    severity: 'warning',
    title: 'A file has a hole of NUL bytes',
    explanation:
      'A log that was truncated under its writer, or whose last block was not on the disk when the power failed, has a run of NUL bytes where text should be. What was written there is gone. Each hole is counted; what stands before and behind it is read, also where both are in one line. (In the example `\\x00` stands for the byte 0.)',
    failing: '{"EventID": 1}\n\\x00\\x00\\x00\\x00{"EventID": 2}\n',
    fixed: '{"EventID": 1}\n{"EventID": 2}\n',
  },
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
