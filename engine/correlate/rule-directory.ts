import { type CodeDeclaration, nearest } from '../diagnostic/index.ts';
import type { Logsource, RuleKind, RuleReference } from '../model/index.ts';
import { CODES } from './errors.ts';

/** A rule that correlations may refer to. */
export interface KnownRule {
  readonly id: string;
  readonly name?: string;
  readonly kind: RuleKind;
  /** Which filters are asked about its firings; all are where it has none. */
  readonly logsource?: Logsource;
}

/** Reports a finding of one rule. */
export type PlanReport = (
  code: CodeDeclaration,
  message: string,
  more: { readonly at?: RuleReference['at']; readonly hint?: string },
) => void;

/** Rules by id and by name. */
export class Directory {
  private readonly byId = new Map<string, KnownRule>();
  private readonly byName = new Map<string, KnownRule[]>();

  constructor(rules: readonly KnownRule[]) {
    for (const rule of rules) {
      this.byId.set(rule.id, rule);
      if (rule.name !== undefined) this.byName.set(rule.name, [...(this.byName.get(rule.name) ?? []), rule]);
    }
  }

  /** What people call the rule: its name, else its id. */
  nameOf(id: string): string {
    return this.byId.get(id)?.name ?? id;
  }

  /** The id of the rule that is meant; undefined, and reported (TT5001, TT5002, TT5005), where none is. */
  resolve(reference: RuleReference, report: PlanReport): string | undefined {
    const { text } = reference;
    const named = this.byName.get(text) ?? [];
    const rule = this.byId.get(text) ?? named[0];
    if (rule === undefined) {
      const near = nearest(text, [...this.byName.keys(), ...this.byId.keys()]);
      report(CODES.TT5001, `no loaded rule has the id or name "${text}"`, {
        ...withAt(reference),
        hint: near === undefined ? 'load the rule together with this one' : `did you mean "${near}"?`,
      });
      return undefined;
    }
    if (!this.byId.has(text) && named.length > 1) {
      const ids = named.map((one) => one.id).join(', ');
      report(CODES.TT5002, `${named.length} rules are named "${text}"`, {
        ...withAt(reference),
        hint: `refer to one by its id: ${ids}`,
      });
      return undefined;
    }
    if (
      rule.kind !== 'detection' &&
      rule.kind !== 'correlation' &&
      rule.kind !== 'baseline' &&
      rule.kind !== 'feed'
    ) {
      report(
        CODES.TT5005,
        `"${text}" is a rule of kind ${rule.kind}, which gives no signals`,
        withAt(reference),
      );
      return undefined;
    }
    return rule.id;
  }
}

/** The place of a reference, where it is known. */
export function withAt(reference: RuleReference): { readonly at?: NonNullable<RuleReference['at']> } {
  return reference.at === undefined ? {} : { at: reference.at };
}
