import { canonicalJson, type Decided } from '../model/index.ts';
import { decisionOf } from './decide.ts';
import { LinkedPolicy } from './evaluate.ts';
import { questionOf } from './grounds.ts';
import { planPolicies } from './plan.ts';
import { DECISION_PARTS } from './prevail.ts';
import { type ConditionTrace, renderTrace } from './trace.ts';

/** What became of a decision that was made again from what it rests on. */
export type DecidedAgain =
  /** Somebody decided it, or it cannot be decided again; why, in words. */
  | { readonly kind: 'taken'; readonly reason: string }
  /** The policy says the same of the same facts. */
  | { readonly kind: 'same'; readonly trace: ConditionTrace }
  /** It does not. */
  | { readonly kind: 'different'; readonly reason: string };

/**
 * Asks a policy again with its own document and the facts that it was told, through json-rules-engine and nothing else. A part that another policy
 * displaced may be missing. What was read from a file is not believed: a document that does not compile is `different`.
 */
export async function decideAgain(decision: Decided): Promise<DecidedAgain> {
  const { grounds, ...said } = decision;
  if (grounds === undefined) return { kind: 'taken', reason: `it is the word of ${said.by}` };
  if (grounds.left.length > 0)
    return { kind: 'taken', reason: `its lists are too long to be carried: ${grounds.left.join(', ')}` };
  try {
    const { value, diagnostics } = planPolicies([grounds.policy], {
      lists: new Map(Object.entries(grounds.lists)),
    });
    const policy = value?.policies[0];
    if (value === undefined || policy === undefined)
      return { kind: 'different', reason: diagnostics[0]?.message ?? 'its policy does not compile' };
    const answers = new Map(
      grounds.facts.map(({ fact, params, value: told }) => [questionOf(fact, params), told] as const),
    );
    const linked = new LinkedPolicy(policy, value.context);
    const trace = await linked.evaluate((fact, params) => {
      const key = questionOf(fact, params);
      return answers.has(key)
        ? Promise.resolve(answers.get(key))
        : Promise.reject(new Error(`it was not told what it asks for: ${fact}`));
    }, said.at);
    if (!trace.held)
      return { kind: 'different', reason: `its condition does not hold\n${renderTrace(trace).join('\n')}` };
    const again = decisionOf(policy, trace, { target: said.target, at: said.at }).decision;
    if (again === undefined) return { kind: 'different', reason: 'it decides nothing' };
    // Another policy may have taken a part out; the rest must be as the policy says.
    const odd = DECISION_PARTS.filter((part) => said[part] !== undefined && !within(said[part], again[part]));
    if (odd.length > 0) return { kind: 'different', reason: `it decides another ${odd.join(' and ')}` };
    const names = ['by', 'hash', 'reason'] as const;
    const other = names.find((name) => said[name] !== again[name]);
    if (other !== undefined)
      return { kind: 'different', reason: `its ${other} is another: ${String(again[other])}` };
    return { kind: 'same', trace };
  } catch (thrown) {
    return { kind: 'different', reason: thrown instanceof Error ? thrown.message : 'it cannot be decided' };
  }
}

/** A severity may have lost its floor or its ceiling to another policy. */
function within(said: unknown, again: unknown): boolean {
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    return canonicalJson(said) === canonicalJson(again);
  if (typeof again !== 'object' || again === null) return false;
  const members = new Map<string, unknown>(Object.entries(again));
  return Object.entries(said).every(
    ([name, value]) => canonicalJson(value) === canonicalJson(members.get(name)),
  );
}
