import { Engine as RulesEngine } from 'json-rules-engine';
import { fieldValues, foldText, scalarText } from '../../engine/match/index.ts';
import type { DetectionRule, Expression, TextTest } from '../../engine/model/index.ts';

type Condition = Readonly<Record<string, unknown>>;

/** The rule's condition in json-rules-engine's form; undefined where it holds more than plain comparisons of text. */
export function translated(node: Expression): Condition | undefined {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const of = node.of.map(translated).filter((child) => child !== undefined);
      if (of.length !== node.of.length) return undefined;
      return node.kind === 'and' ? { all: of } : { any: of };
    }
    case 'not': {
      const of = translated(node.of);
      return of === undefined ? undefined : { not: of };
    }
    case 'selection':
      return translated(node.of);
    case 'field': {
      if (node.test.kind !== 'text') return undefined;
      const { text, shape, cased } = node.test;
      const value = cased ? text : foldText(text);
      return { fact: node.field, operator: `${shape}${cased ? 'Cased' : ''}`, value };
    }
    default:
      return undefined;
  }
}

const SHAPES: Readonly<Record<TextTest['shape'], (text: string, wanted: string) => boolean>> = {
  equals: (text, wanted) => text === wanted,
  startswith: (text, wanted) => text.startsWith(wanted),
  endswith: (text, wanted) => text.endsWith(wanted),
  contains: (text, wanted) => text.includes(wanted),
};

/** A json-rules-engine with these rules and Sigma's comparisons of text as its operators. Rules must be translatable. */
export function rulesEngineOf(rules: readonly DetectionRule[]): RulesEngine {
  const engine = new RulesEngine([], { allowUndefinedFacts: true });
  for (const [shape, holds] of Object.entries(SHAPES)) {
    engine.addOperator(shape, (value: unknown, wanted: string) =>
      fieldValues(value).some((one) => holds(foldText(scalarText(one) ?? ''), wanted)),
    );
    engine.addOperator(`${shape}Cased`, (value: unknown, wanted: string) =>
      fieldValues(value).some((one) => holds(scalarText(one) ?? '', wanted)),
    );
  }
  for (const rule of rules) {
    const condition = translated(rule.expression);
    if (condition === undefined) throw new Error(`${rule.meta.title} cannot be translated`);
    // Its top level must be a list.
    const conditions = { all: [condition] } as never;
    engine.addRule({ conditions, event: { type: rule.meta.id } });
  }
  return engine;
}
