import { type Checked, compareDiagnostics, type Diagnostic, nearest } from '../diagnostic/index.ts';
import { DECAY_DEFAULTS, matchedFields } from '../intel/index.ts';
import { type OtherDocument, readFeed } from '../language/index.ts';
import type { DetectionRule, Expression, FeedRule } from '../model/index.ts';
import type { FeedNames, IntelAsk } from './intel-lookup.ts';

/** The name by which a rule asks for every feed. */
export const ANY_FEED = 'any';

/** Feeds of a ruleset, read; the first of two with one name stands. */
export function readFeeds(documents: readonly OtherDocument[]): Checked<readonly FeedRule[]> {
  const diagnostics: Diagnostic[] = [];
  const feeds: FeedRule[] = [];
  for (const document of documents) {
    const { value, diagnostics: found } = readFeed(document, {
      decay: DECAY_DEFAULTS,
      fields: matchedFields,
    });
    diagnostics.push(...found);
    if (value !== undefined) feeds.push(value);
  }
  return { value: feeds, diagnostics: diagnostics.sort(compareDiagnostics) };
}

/** How rules may call the feeds: by name, by id, or all at once. */
export function feedNames(feeds: readonly FeedRule[]): FeedNames {
  return {
    [ANY_FEED]: feeds.map(({ name }) => name),
    ...Object.fromEntries(
      feeds.flatMap(({ name, meta }) => [[name, [name]] as const, [meta.id, [name]] as const]),
    ),
  };
}

/** The detection that a feed stands for: any of its fields holds something that it lists. */
export function matching(feed: FeedRule): DetectionRule {
  const of: readonly Expression[] = feed.fields.map((field) => ({
    kind: 'field',
    field,
    test: { kind: 'set', set: feed.name },
  }));
  const expression: Expression = of.length === 0 ? { kind: 'constant', value: false } : { kind: 'or', of };
  return {
    kind: 'detection',
    meta: feed.meta,
    logsource: feed.logsource,
    expression,
    fields: [],
    tests: feed.tests,
  };
}

/** What an expression asks of feeds where that speaks for the rule, and not against it. */
export function intelAsks(expression: Expression): readonly IntelAsk[] {
  const asks: IntelAsk[] = [];
  const visit = (node: Expression, positive: boolean): void => {
    switch (node.kind) {
      case 'and':
      case 'or':
        for (const child of node.of) visit(child, positive);
        return;
      case 'not':
        visit(node.of, !positive);
        return;
      case 'selection':
        visit(node.of, positive);
        return;
      case 'field':
        if (positive && node.test.kind === 'set') asks.push({ field: node.field, set: node.test.set });
        return;
      default:
    }
  };
  visit(expression, true);
  return asks;
}

/** What to say where a rule asks for a feed that is not there. */
export function nearestFeed(name: string, feeds: readonly FeedRule[]): string | undefined {
  return nearest(
    name,
    feeds.map((feed) => feed.name),
  );
}
