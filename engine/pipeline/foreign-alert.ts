import { type AlertDocument, type ReadAlert, readAlert } from '../ingest/index.ts';
import { defaultConfidence } from '../language/index.ts';
import { type Level, type RuleRef, sha256 } from '../model/index.ts';

/** An alert of another product, with the rule that stands for what the product found. */
export interface ForeignAlert {
  readonly rule: RuleRef;
  readonly read: ReadAlert;
}

/** Rules of other products that are remembered; beyond, all are made anew when they are met again. */
const REFS_MAX = 20_000;
const SLUG_MAX = 48;

/**
 * Reads alerts of other products, and gives each finding a rule of its own: id `product:its-name-1a2b3c4d` (or `product:its-id`), the
 * product's name for it as title, and a semantics hash over product and name, so that the same finding is the same rule in every run.
 */
export class ForeignAlerts {
  readonly #refs = new Map<string, RuleRef>();

  /** The record as an alert; undefined where it has no name. */
  read(spec: AlertDocument & { readonly product: string }, record: unknown): ForeignAlert | undefined {
    const read = readAlert(spec, record);
    if (read === undefined) return undefined;
    const { name, id, level, confidence, tags } = read;
    const key = `${spec.product}\n${id ?? ''}\n${name}\n${level}\n${confidence ?? ''}\n${tags.join(' ')}`;
    const known = this.#refs.get(key);
    if (known !== undefined) return { rule: known, read };
    if (this.#refs.size >= REFS_MAX) this.#refs.clear();
    const rule = refOf(spec.product, read);
    this.#refs.set(key, rule);
    return { rule, read };
  }
}

function refOf(product: string, { name, id, level, confidence, tags }: ReadAlert): RuleRef {
  const hash = sha256(`alert of another product\n${product}\n${id ?? name}`);
  return {
    kind: 'detection',
    id: `${product}:${id === undefined ? `${slug(name)}-${hash.slice(0, 8)}` : slug(id)}`,
    title: name,
    version: 1,
    level,
    confidence: confidence ?? priorOf(level),
    tags,
    hash,
  };
}

/** What is true of a rule of that level that is tested, as far as anybody knows before verdicts. */
function priorOf(level: Level): number {
  return defaultConfidence(level, 'test');
}

function slug(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return words.length > SLUG_MAX ? words.slice(0, SLUG_MAX).replace(/-+$/, '') : words;
}
