import { type Checked, type Diagnostic, hasErrors } from '../../diagnostic/index.ts';
import { POLICY_SUBJECTS, type PolicyRule } from '../../model/index.ts';
import { isPlainMap, ownValue } from '../document.ts';
import { diagnosticAt, type Finding } from '../finding.ts';
import type { OtherDocument } from '../rules.ts';
import { readPolicyCases } from './cases.ts';
import { readPolicyCondition } from './condition.ts';
import { readPolicyEffect } from './effect.ts';

const PRIORITY_DEFAULT = 100;

/**
 * Reads a loaded document of kind policy. What the schema can say, it has said before. Reports TT1901–TT1907; undefined where one of
 * them is an error. Facts and operators are resolved later, by the room that runs policies.
 */
export function readPolicy(document: OtherDocument): Checked<PolicyRule> {
  const diagnostics: Diagnostic[] = [];
  const report = (finding: Finding): void => {
    diagnostics.push(diagnosticAt(finding, document.locate(finding.path, finding.part)));
  };
  const { block, locate } = document;
  const applies = POLICY_SUBJECTS.find((known) => isPlainMap(block) && ownValue(block, 'applies') === known);
  if (!isPlainMap(block) || applies === undefined) return { value: undefined, diagnostics };
  const when = readPolicyCondition(ownValue(block, 'when'), ['policy', 'when'], { locate, report });
  const written = ownValue(block, 'decide');
  const effect = readPolicyEffect(isPlainMap(written) ? written : {}, ['policy', 'decide'], report);
  const tests = readPolicyCases(ownValue(document.document, 'tests'), {
    applies,
    file: document.meta.source.file,
    lineAt: (path) => locate(path).line,
    report,
  });
  if (hasErrors(diagnostics) || when === undefined || effect === undefined) {
    return { value: undefined, diagnostics };
  }
  const priority = ownValue(block, 'priority');
  return {
    value: {
      kind: 'policy',
      meta: document.meta,
      applies,
      priority: typeof priority === 'number' ? priority : PRIORITY_DEFAULT,
      when,
      effect,
      tests,
    },
    diagnostics,
  };
}
