import { compareDiagnostics, type Diagnostic } from '../diagnostic/index.ts';
import type { DetectionRule, RuleKind, RuleTest } from '../model/index.ts';
import { type RuleDocument, type RuleFile, readDocuments } from './document.ts';
import { LANGUAGE_CODES } from './errors.ts';
import type { TestCheck } from './field-item.ts';
import { type Finding, type Locator, locateFindings } from './finding.ts';
import type { ReadContext } from './kinds/context.ts';
import { readDetection } from './kinds/detection.ts';
import { readFilter } from './kinds/filter.ts';
import { kindOf } from './kinds/kind.ts';
import { readOther } from './kinds/other.ts';
import { readOverlay } from './kinds/overlay.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { checkReferences } from './references.ts';
import type { LoadedFilter, LoadedRule, LoadedRules, OtherDocument, Overlay, RuleTests } from './rules.ts';
import { isTestFile, readTestFile, type TestFile } from './test-file.ts';
import { uniqueRules } from './unique.ts';

/** What the rules are loaded with. */
export interface LoadOptions {
  /** The lists of values that `expand` puts in the place of `%name%`, by name. */
  readonly placeholders?: ReadonlyMap<string, readonly (string | number)[]>;
  /** Says what is wrong with a test that the language allows (an expression that cannot run); nothing where absent. */
  readonly checkTest?: TestCheck;
  /** Bounds other than the usual ones. */
  readonly limits?: Partial<Limits>;
  /** What files were read as before. Kept are files of one document that gave one detection or none, with what was said of it. */
  readonly cache?: RuleCache;
}

/** Remembers what a text was read as; values are plain JSON data, and are not changed. */
export interface RuleCache {
  get(text: string): unknown;
  set(text: string, value: unknown): void;
}

/**
 * Reads rule files into rules. A bad document never hides a good one: it is left out and reported, with all its findings, and
 * everything else is loaded. Test files (`<rule>.test.yml`) may be among the files. Reports every TT1xxx; sorted by place.
 * Cost: about 0.3 ms a rule; findings cost more, because they need positions.
 */
export function loadRules(
  files: readonly RuleFile[],
  options: LoadOptions = {},
): { rules: LoadedRules; diagnostics: Diagnostic[] } {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const placeholders = options.placeholders ?? new Map();
  const diagnostics: Diagnostic[] = [];
  const loaded: LoadedRule[] = [];
  const overlays: Overlay[] = [];
  const testFiles: TestFile[] = [];
  const chains = new Map();
  // Values given for placeholders are part of what a text means.
  const given = options.cache === undefined ? '' : JSON.stringify([...placeholders]);
  for (const file of files) {
    const known = options.cache?.get(given + file.text);
    if (isKept(known) && !isTestFile(file.path)) {
      diagnostics.push(...known.findings.map((finding) => foundIn(finding, file.path)));
      if (known.rule === undefined) continue;
      const rule = recalled(known.rule, file.path);
      const locate: Locator = (path, part) => rereadLocator(file, limits)(path, part);
      loaded.push({ kind: 'detection', meta: rule.meta, locate, rule });
      continue;
    }
    const before = { loaded: loaded.length, overlays: overlays.length, diagnostics: diagnostics.length };
    const read = readDocuments(file, limits);
    diagnostics.push(...read.diagnostics);
    for (const document of read.documents) {
      const findings = new Findings();
      const report = (finding: Finding): void => findings.add(finding);
      const { checkTest } = options;
      const context: ReadContext = {
        placeholders,
        limits,
        chains,
        report,
        ...(checkTest === undefined ? {} : { checkTest }),
      };
      if (isTestFile(file.path)) testFiles.push(readTestFile(document, report));
      else readRule(document, context, { loaded, overlays });
      diagnostics.push(...locateFindings(findings.shown(), document.locate));
    }
    if (options.cache === undefined || isTestFile(file.path) || read.documents.length !== 1) continue;
    const made = loaded.slice(before.loaded);
    if (made.length > 1 || made.some(({ kind }) => kind !== 'detection')) continue;
    if (overlays.length > before.overlays) continue;
    const [only] = made;
    const rule = only?.kind === 'detection' ? { rule: only.rule } : {};
    const kept: Kept = { ...rule, findings: diagnostics.slice(before.diagnostics) };
    options.cache.set(given + file.text, kept);
  }
  const unique = uniqueRules(loaded, diagnostics);
  const rules = assemble(unique, { overlays, testFiles }, diagnostics);
  diagnostics.push(...checkReferences(rules));
  diagnostics.sort(compareDiagnostics);
  return { rules, diagnostics };
}

/** What a file was read as: its rule, unless it was refused, and what was said of it. */
interface Kept {
  readonly rule?: DetectionRule;
  readonly findings: readonly Diagnostic[];
}

/** The cache gives back what was put in (its key is the text and the reader's version), or nothing. */
function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'findings' in value;
}

/** A finding that was kept, as if found in this file: the same text may stand elsewhere now. */
function foundIn(finding: Diagnostic, file: string): Diagnostic {
  const { at, related } = finding;
  return {
    ...finding,
    ...(at === undefined ? {} : { at: { ...at, file } }),
    ...(related === undefined
      ? {}
      : { related: related.map((other) => ({ ...other, at: { ...other.at, file } })) }),
  };
}

/** A rule that was kept, as if read from this file. */
function recalled(rule: DetectionRule, file: string): DetectionRule {
  const meta = { ...rule.meta, source: { ...rule.meta.source, file } };
  return { ...rule, meta, tests: rule.tests.map((test) => ({ ...test, file })) };
}

/** Reads a file anew for places, which are asked for only where there is something to say. */
function rereadLocator(file: RuleFile, limits: Limits): Locator {
  return (
    readDocuments(file, limits).documents[0]?.locate ?? (() => ({ file: file.path, line: 1, column: 1 }))
  );
}

const FINDINGS_MAX = 200;

/** The findings of one document, so many of them; the first error is always among them. */
class Findings {
  readonly #kept: Finding[] = [];
  #hasError = false;
  #dropped = 0;

  add(finding: Finding): void {
    const firstError = finding.code.severity === 'error' && !this.#hasError;
    if (this.#kept.length >= FINDINGS_MAX && !firstError) {
      this.#dropped++;
      return;
    }
    this.#hasError ||= firstError;
    this.#kept.push(finding);
  }

  shown(): readonly Finding[] {
    if (this.#dropped === 0) return this.#kept;
    const message = `this document has ${this.#dropped} more findings, which are not shown`;
    return [...this.#kept, { code: LANGUAGE_CODES.TT1014, message, path: [] }];
  }
}

function readRule(
  document: RuleDocument,
  context: ReadContext,
  into: { readonly loaded: LoadedRule[]; readonly overlays: Overlay[] },
): void {
  const kind = kindOf(document, context.report);
  if (kind === undefined) return;
  const { locate } = document;
  if (kind === 'overlay') {
    const overlay = readOverlay(document, context);
    if (overlay !== undefined) into.overlays.push(overlay);
  } else if (kind === 'detection') {
    const rule = readDetection(document, context);
    if (rule !== undefined) into.loaded.push({ kind, meta: rule.meta, locate, rule });
  } else if (kind === 'filter') {
    const rule = readFilter(document, context);
    if (rule !== undefined) into.loaded.push({ kind, meta: rule.meta, locate, rule });
  } else {
    const rule = readOther(kind, document, context);
    if (rule !== undefined) into.loaded.push({ kind: 'other', meta: rule.meta, locate, rule });
  }
}

/** Sorts the rules by kind and gives each the tests that stand beside it. */
function assemble(
  loaded: readonly LoadedRule[],
  { overlays, testFiles }: { readonly overlays: readonly Overlay[]; readonly testFiles: readonly TestFile[] },
  diagnostics: Diagnostic[],
): LoadedRules {
  const beside = testsByRule(loaded, testFiles, diagnostics);
  const detections: DetectionRule[] = [];
  const filters: LoadedFilter[] = [];
  const others: OtherDocument[] = [];
  const tests: RuleTests[] = [];
  const keep = (id: string, kind: RuleKind, own: readonly RuleTest[]): readonly RuleTest[] => {
    const all = [...own, ...(beside.get(id) ?? [])];
    if (all.length > 0) tests.push({ rule: id, kind, tests: all });
    return all;
  };
  for (const item of loaded) {
    const { id } = item.meta;
    if (item.kind === 'detection')
      detections.push({ ...item.rule, tests: keep(id, 'detection', item.rule.tests) });
    else if (item.kind === 'filter') filters.push(item.rule);
    else others.push({ ...item.rule, tests: keep(id, item.rule.kind, item.rule.tests) });
  }
  return { detections, filters, overlays, others, tests };
}

function testsByRule(
  loaded: readonly LoadedRule[],
  testFiles: readonly TestFile[],
  diagnostics: Diagnostic[],
): ReadonlyMap<string, readonly RuleTest[]> {
  const found = new Map<string, RuleTest[]>();
  for (const testFile of testFiles) {
    const target = testFile.find(
      loaded.map((item) => ({ id: item.meta.id, name: item.meta.name, file: item.meta.source.file })),
    );
    if (target.kind === 'problem') diagnostics.push(target.diagnostic);
    else found.set(target.id, [...(found.get(target.id) ?? []), ...testFile.tests]);
  }
  return found;
}
