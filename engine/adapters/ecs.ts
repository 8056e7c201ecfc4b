import { isIP } from 'node:net';
import { formatTime, type Severity } from '../model/index.ts';
import type { SignalFormat } from './signal-format.ts';
import { type Summary, valuesOf } from './summary.ts';
import { summaryFormat } from './summary-format.ts';

/** The version of the Elastic Common Schema whose fields are used. */
export const ECS_VERSION = '8.17.0';

/** `event.severity` as Elastic's own detections number it. */
const SEVERITY: Readonly<Record<Severity, number>> = { informational: 1, low: 21, medium: 47, high: 73 };

/**
 * Documents of the Elastic Common Schema, one JSON object a line: `event.kind` alert (signal for signals), `rule`, `threat`, `related`, and the
 * first entity of each type in its field set. What the schema has no field for stands under `telltale`.
 */
export function ecsFormat(): SignalFormat {
  return summaryFormat('ecs', (summary) => `${JSON.stringify(ecsDocument(summary))}\n`);
}

/** One finding as a document. */
export function ecsDocument(summary: Summary): Record<string, unknown> {
  const { rule } = summary;
  const first = (
    type: Parameters<typeof valuesOf>[1],
    role?: Parameters<typeof valuesOf>[2],
  ): string | undefined => valuesOf(summary, type, role)[0];
  const source = summary.entities.find(
    ({ type, role, value }) => type === 'ip' && role !== 'target' && isIP(value) > 0,
  );
  const target = summary.entities.find(
    ({ type, role, value }) => type === 'ip' && role === 'target' && isIP(value) > 0,
  );
  return {
    '@timestamp': formatTime(summary.lastSeen),
    ecs: { version: ECS_VERSION },
    event: {
      kind: summary.kind === 'signal' ? 'signal' : 'alert',
      category: ['intrusion_detection'],
      type: ['info'],
      id: summary.id,
      dataset: `telltale.${summary.kind}`,
      module: 'telltale',
      provider: 'telltale',
      start: formatTime(summary.firstSeen),
      end: formatTime(summary.lastSeen),
      severity: SEVERITY[summary.severity],
      risk_score: summary.score,
      ...(summary.verdict === undefined ? {} : { reason: summary.verdict }),
    },
    message: summary.title,
    rule: {
      id: rule.id,
      name: rule.title,
      version: String(rule.version),
      ruleset: 'telltale',
      ...(summary.description === undefined ? {} : { description: summary.description }),
    },
    ...threatOf(summary),
    tags: summary.tags,
    ...nested('host', first('host') === undefined ? {} : { name: first('host') }),
    ...nested('user', {
      ...(first('user', 'actor') === undefined ? {} : { name: first('user', 'actor') }),
      ...(first('user', 'target') === undefined ? {} : { target: { name: first('user', 'target') } }),
    }),
    ...nested('source', source === undefined ? {} : { ip: source.value }),
    ...nested('destination', {
      ...(target === undefined ? {} : { ip: target.value }),
      ...(first('domain') === undefined ? {} : { domain: first('domain') }),
    }),
    ...nested('process', first('process') === undefined ? {} : { executable: first('process') }),
    ...nested('file', first('file') === undefined ? {} : { path: first('file') }),
    ...nested('url', first('url') === undefined ? {} : { original: first('url') }),
    ...nested('registry', first('registry') === undefined ? {} : { path: first('registry') }),
    related: {
      ip: valuesOf(summary, 'ip').filter((value) => isIP(value) > 0),
      user: valuesOf(summary, 'user'),
      hosts: [...valuesOf(summary, 'host'), ...valuesOf(summary, 'domain')],
      hash: valuesOf(summary, 'hash'),
    },
    telltale: {
      kind: summary.kind,
      revision: summary.revision,
      state: summary.state,
      severity: summary.severity,
      confidence: summary.confidence,
      score: summary.score,
      count: summary.count,
      ...(summary.assignee === undefined ? {} : { assignee: summary.assignee }),
      entities: summary.entities,
      remediation: summary.remediation,
      events: summary.events.map(({ id, file, line }) => ({
        id,
        ...(file === undefined ? {} : { file }),
        ...(line === undefined ? {} : { line }),
      })),
    },
  };
}

function threatOf({ tactics, techniques }: Summary): Record<string, unknown> {
  if (tactics.length + techniques.length === 0) return {};
  const whole = techniques.filter(({ id }) => !id.includes('.'));
  const parts = techniques.filter(({ id }) => id.includes('.'));
  return {
    threat: {
      framework: 'MITRE ATT&CK',
      ...nested('tactic', tactics.length === 0 ? {} : { name: tactics }),
      ...nested('technique', {
        ...(whole.length === 0
          ? {}
          : { id: whole.map(({ id }) => id), name: whole.map(({ id, name }) => name ?? id) }),
        ...(parts.length === 0
          ? {}
          : {
              subtechnique: { id: parts.map(({ id }) => id), name: parts.map(({ id, name }) => name ?? id) },
            }),
      }),
    },
  };
}

function nested(key: string, members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.keys(members).length === 0 ? {} : { [key]: members };
}
