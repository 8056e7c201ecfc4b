import type { RuleMeta, RuleRef } from '../model/index.ts';

/** What signals say of a rule. */
export function ruleRef(kind: RuleRef['kind'], meta: RuleMeta): RuleRef {
  const { id, name, title, version, level, confidence, tags, hash } = meta;
  return { kind, id, ...(name === undefined ? {} : { name }), title, version, level, confidence, tags, hash };
}
