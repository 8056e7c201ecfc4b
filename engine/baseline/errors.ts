import { declareCodes } from '../diagnostic/index.ts';

/** What can be wrong with what was learnt. Examples are the texts of learnt files. */
export const BASELINE_RUN_CODES = declareCodes({
  TT5201: {
    severity: 'error',
    title: 'Learnt files that cannot be read',
    explanation:
      'The files of a learnt baseline are JSON: a manifest, what is known of all together, and one entity a line. One is missing, is no JSON, or is of another version. Nothing of it is used: half of what is normal would be worse than none. Learn again.',
    failing: '{"manifest.json":"not JSON"}',
    fixed: 'the files that `telltale baseline learn` writes',
  },
  TT5202: {
    severity: 'warning',
    title: 'Learnt for another version of the rule',
    explanation:
      'The rule asks for other features, entities or guards than when this was learnt. What both know is used; a feature that was not there starts empty. Learn again to have all of it.',
    failing: 'a manifest whose rule hash is not that of the rule',
    fixed: 'learn again',
  },
  TT5203: {
    severity: 'error',
    title: 'Learnt files that were changed',
    explanation:
      'The digest in the manifest is not that of the files beside it: they were edited, or a merge mixed two versions. Learn again, or take one version as a whole.',
    failing: 'a line of entities.ndjson edited by hand',
    fixed: 'the files as they were written',
  },
});
