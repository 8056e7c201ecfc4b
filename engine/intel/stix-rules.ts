import { sha256 } from '../model/index.ts';
import { matchedFields } from './feed-fields.ts';
import { parseStixPattern, type StixComparison, type StixObservations } from './stix-pattern.ts';

/** What one indicator became: documents of rules, or the reason why it cannot become any. */
export type StixRules =
  | { readonly kind: 'rules'; readonly documents: readonly Readonly<Record<string, unknown>>[] }
  | { readonly kind: 'refused'; readonly reason: string };

const IPS = matchedFields('ip');
/** What paths of STIX are called in events; all that usually hold such a value where several do. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'ipv4-addr:value': IPS.filter((field) => !matchedFields('url').includes(field)),
  'ipv6-addr:value': IPS.filter((field) => !matchedFields('url').includes(field)),
  'network-traffic:src_ref.value': ['SourceIp', 'src_ip', 'source.ip'],
  'network-traffic:dst_ref.value': ['DestinationIp', 'dst_ip', 'dest_ip', 'destination.ip'],
  'network-traffic:src_port': ['SourcePort', 'src_port', 'source.port'],
  'network-traffic:dst_port': ['DestinationPort', 'dst_port', 'dest_port', 'destination.port'],
  'domain-name:value': matchedFields('domain').filter((field) => !matchedFields('url').includes(field)),
  'url:value': matchedFields('url'),
  'email-addr:value': matchedFields('email'),
  'email-message:from_ref.value': matchedFields('email'),
  'email-message:subject': ['email.subject', 'Subject'],
  'process:command_line': ['CommandLine', 'process.command_line'],
  'process:name': ['Image', 'process.executable', 'process.name'],
  'process:image_ref.name': ['Image', 'process.executable', 'process.name'],
  'process:parent_ref.name': ['ParentImage', 'process.parent.executable', 'process.parent.name'],
  'file:name': ['TargetFilename', 'Image', 'file.name', 'file.path'],
  'user-account:user_id': ['User', 'TargetUserName', 'user.name', 'user.id'],
  'user-account:account_login': ['User', 'TargetUserName', 'user.name'],
  'windows-registry-key:key': ['TargetObject', 'registry.path'],
  'mutex:name': ['MutexName', 'mutex'],
};
/** Paths whose value stands at the end of what events hold: a name in a path. */
const AT_END = new Set(['process:name', 'process:image_ref.name', 'process:parent_ref.name', 'file:name']);

/**
 * Rules of an indicator whose pattern joins what no set of values can hold: AND within an observation becomes a detection; observations joined by AND a
 * `temporal`, by FOLLOWEDBY a `temporal_ordered`, and REPEATS an `event_count` correlation, each with the span of WITHIN. What has no such form is
 * refused with the reason: a join without WITHIN (a correlation needs a span), START and STOP (a time long past), paths without a field.
 */
export function stixRules(indicator: Readonly<Record<string, unknown>>): StixRules {
  const { id, name, pattern } = indicator;
  if (typeof pattern !== 'string' || typeof id !== 'string') return refused('it has no id or no pattern');
  const parsed = parseStixPattern(pattern);
  if (typeof parsed === 'string') return refused(`the pattern ${parsed}`);
  const maker = new Maker(id, typeof name === 'string' && name !== '' ? name : id, pattern);
  const reason = maker.rule(parsed);
  return reason === undefined ? { kind: 'rules', documents: maker.documents } : refused(reason);
}

function refused(reason: string): StixRules {
  return { kind: 'refused', reason };
}

class Maker {
  readonly documents: Readonly<Record<string, unknown>>[] = [];
  readonly #id: string;
  readonly #title: string;
  readonly #pattern: string;

  constructor(id: string, title: string, pattern: string) {
    this.#id = id;
    this.#title = title.slice(0, 200);
    this.#pattern = pattern;
  }

  /** Makes the documents of the whole; the reason where it cannot. */
  rule(whole: StixObservations): string | undefined {
    if (whole.kind === 'observation')
      return this.#detection(whole.comparison, { title: this.#title, alone: true }).reason;
    const { inner, seconds, times, dated } = unqualified(whole);
    if (dated) return 'START and STOP name a time that is over';
    if (inner.kind === 'any') return 'observations that are joined by OR are indicators of their own';
    if (inner.kind === 'observation' && (times ?? 1) === 1)
      return this.#detection(inner.comparison, { title: this.#title, alone: true }).reason;
    if (seconds === undefined) {
      const one = inner.kind !== 'observation' && inner.of.some(({ kind }) => kind === 'within');
      return one
        ? 'WITHIN is of one observation; put parentheses around the join to mean all'
        : 'without WITHIN nothing says how far apart the observations may be';
    }
    if (inner.kind === 'observation') {
      const made = this.#detection(inner.comparison, { title: `${this.#title}: what repeats`, alone: false });
      if (made.reason !== undefined) return made.reason;
      this.#correlation({ type: 'event_count', rules: [made.name], seconds, condition: { gte: times ?? 1 } });
      return undefined;
    }
    if (times !== undefined) return 'REPEATS of joined observations has no form here';
    const names: string[] = [];
    for (const [i, part] of inner.of.entries()) {
      if (part.kind !== 'observation') return 'joins within joins have no form here';
      const made = this.#detection(part.comparison, { title: `${this.#title}: part ${i + 1}`, alone: false });
      if (made.reason !== undefined) return made.reason;
      names.push(made.name);
    }
    const type = inner.kind === 'sequence' ? 'temporal_ordered' : 'temporal';
    this.#correlation({ type, rules: names, seconds });
    return undefined;
  }

  #detection(
    comparison: StixComparison,
    { title, alone }: { readonly title: string; readonly alone: boolean },
  ): { readonly name: string; readonly reason?: string } {
    const detection: Record<string, unknown> = {};
    const condition = conditionOf(comparison, detection);
    const name = `stix_${sha256(`${this.#id}\n${this.documents.length}`).slice(0, 12)}`;
    if (condition.reason !== undefined) return { name, reason: condition.reason };
    this.documents.push({
      ...this.#head(title, this.documents.length),
      name,
      ...(alone ? {} : { level: 'informational' }),
      logsource: { category: 'any' },
      detection: { ...detection, condition: condition.text },
    });
    return { name };
  }

  #correlation(of: {
    readonly type: string;
    readonly rules: readonly string[];
    readonly seconds: number;
    readonly condition?: Readonly<Record<string, number>>;
  }): void {
    this.documents.push({
      ...this.#head(this.#title, this.documents.length),
      correlation: {
        type: of.type,
        rules: of.rules,
        timespan: `${of.seconds}s`,
        ...(of.condition === undefined ? {} : { condition: of.condition }),
      },
    });
  }

  #head(title: string, number: number): Readonly<Record<string, unknown>> {
    const digest = sha256(`${this.#id}\n${number}`);
    const id = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
    return {
      title,
      id,
      status: 'experimental',
      description: `From ${this.#id}: ${this.#pattern}`,
      level: 'high',
    };
  }
}

/** What qualifies a whole, taken off it. */
function unqualified(whole: StixObservations): {
  readonly inner: Exclude<StixObservations, { readonly kind: 'within' | 'repeats' | 'between' }>;
  readonly seconds: number | undefined;
  readonly times: number | undefined;
  readonly dated: boolean;
} {
  switch (whole.kind) {
    case 'within': {
      const of = unqualified(whole.of);
      return { ...of, seconds: Math.min(of.seconds ?? whole.seconds, whole.seconds) };
    }
    case 'repeats': {
      const of = unqualified(whole.of);
      return { ...of, times: (of.times ?? 1) * whole.times };
    }
    case 'between':
      return { ...unqualified(whole.of), dated: true };
    default:
      return { inner: whole, seconds: undefined, times: undefined, dated: false };
  }
}

interface Condition {
  readonly text: string;
  readonly reason?: string;
}

/** The condition of a comparison; its selections go into `detection`. */
function conditionOf(comparison: StixComparison, detection: Record<string, unknown>): Condition {
  if (comparison.kind !== 'test') {
    const parts: string[] = [];
    for (const one of comparison.of) {
      const part = conditionOf(one, detection);
      if (part.reason !== undefined) return part;
      parts.push(one.kind === 'test' ? part.text : `(${part.text})`);
    }
    return { text: parts.join(` ${comparison.kind} `) };
  }
  const { path, operator, negated, values } = comparison;
  const fields = fieldsOf(path);
  if (fields === undefined) return { text: '', reason: `no field of events is known for ${path}` };
  const modifier = modifierOf(operator, path);
  if (modifier === undefined) return { text: '', reason: `${operator} has no form here` };
  const name = `is${Object.keys(detection).length + 1}`;
  const written = values.map((value) =>
    operator === 'LIKE'
      ? escaped(value).replaceAll('%', '*').replaceAll('_', '?')
      : modifier === 're'
        ? value
        : escaped(value),
  );
  detection[name] = fields.map((field) => ({
    [modifier === '' ? field : `${field}|${modifier}`]: written.length === 1 ? written[0] : written,
  }));
  return { text: negated !== (operator === '!=') ? `not ${name}` : name };
}

function fieldsOf(path: string): readonly string[] | undefined {
  if (/^(?:file|artifact):hashes\./.test(path)) return matchedFields('hash');
  return Object.hasOwn(FIELDS, path) ? FIELDS[path] : undefined;
}

/** The modifier of a comparison; undefined where there is none. */
function modifierOf(operator: string, path: string): string | undefined {
  switch (operator) {
    case '=':
    case '!=':
    case 'IN':
      if (/hashes\./.test(path)) return 'contains';
      return AT_END.has(path) ? 'endswith' : '';
    case 'LIKE':
      return '';
    case 'MATCHES':
      return 're';
    case 'ISSUBSET':
      return 'cidr';
    case '<':
      return 'lt';
    case '<=':
      return 'lte';
    case '>':
      return 'gt';
    case '>=':
      return 'gte';
    default:
      return undefined;
  }
}

/** Wildcards of Sigma are meant as they stand. */
function escaped(value: string): string {
  return value.replace(/[*?]|\\(?=[*?\\])/g, '\\$&');
}
