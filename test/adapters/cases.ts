import { type Alert, alertFromRecord, type Incident, incidentFromRecord } from '../../engine/model/index.ts';

/** Texts that some output could take for something else than text. */
export const HOSTILE: readonly (readonly [string, string])[] = [
  ['line ends', 'one\r\ntwo\nthree\rfour'],
  ['control characters', 'a\u0000b\u001b[31mred\u0007\u007f\u0085'],
  ['reading direction', 'file\u202egpj.exe\u2066x\u200f'],
  ['line separators', 'one\u2028two\u2029three'],
  ['a formula', "=cmd|' /C calc'!A0"],
  ['a formula by plus', '+1+1'],
  ['the end of a script', '</script><script>alert(1)</script>'],
  ['an event handler', '"><img src=x onerror=alert(1)>'],
  ['bars', 'a|b||c\\|d'],
  ['equals signs', 'cs1=evil cs1Label=x=y\\=z'],
  ['backslashes', 'C:\\temp\\new\\'],
  ['tabs', 'a\tb=c'],
  ['markup of Markdown', '[click](javascript:alert(1)) **bold** `code` <b> # h\n# not a heading'],
  ['markup of Mermaid', '"]; click n0 "javascript:alert(1)"; n0["'],
  ['markup of DOT', '"]; n0 [URL="javascript:alert(1)"]; "'],
  ['a fence', '```\n# out of it'],
  ['quotes', `'single' "double" \u201ccurly\u201d`],
  ['a character beyond the first plane', 'a\u{1f600}b'],
  ['half a character', 'a\ud800b'],
  ['nothing', ''],
  ['a mebibyte', 'x'.repeat(1 << 20)],
];

/** An alert with every member, its texts and values as given. */
export function alertWith(text: string): Alert {
  const { value, problems } = alertFromRecord({
    kind: 'alert',
    id: '0123456789abcdef0123456789abcdef',
    revision: 2,
    key: 'k',
    state: 'acknowledged',
    title: text,
    description: text,
    severity: 'high',
    confidence: 0.8125,
    score: 61,
    level: 'high',
    rule: {
      kind: 'detection',
      id: `rule ${text}`,
      name: 'n',
      title: text,
      version: 3,
      level: 'high',
      confidence: 0.8,
      hash: 'h',
    },
    firstSeen: '2026-11-24T08:00:00.123456Z',
    lastSeen: '2026-11-24T09:00:00.000Z',
    count: 5,
    group: { User: text },
    verdict: 'true_positive',
    assignee: text,
    suppressed: { by: 'policy:p', reason: text, until: '2026-12-01T00:00:00.000Z' },
    tactics: ['credential-access', 'impact'],
    techniques: [{ id: 'T1059.001', name: 'PowerShell' }, { id: 'T1486' }],
    entities: [
      { type: 'user', role: 'actor', value: text },
      { type: 'host', role: 'target', value: text },
      { type: 'ip', role: 'source', value: '203.0.113.7' },
      { type: 'ip', role: 'target', value: '2001:db8::1' },
      ...(['process', 'domain', 'file', 'hash', 'url', 'cloud_resource', 'key', 'mailbox'] as const).map(
        (type) => ({
          type,
          role: 'actor',
          value: text,
        }),
      ),
      ...(['session', 'container', 'service', 'registry', 'application'] as const).map((type) => ({
        type,
        role: 'target',
        value: text,
      })),
      { type: 'hash', role: 'actor', value: 'd41d8cd98f00b204e9800998ecf8427e' },
    ],
    entitiesTotal: 18,
    remediation: [text, 'second step'],
    tags: ['attack.impact', text],
    terms: [{ name: 'prior', operation: 'set', value: 0.8, after: 0.8, reason: text }],
    signals: ['s1'],
    events: [{ file: text, line: 3, id: 'e1', time: '2026-11-24T08:00:00.123456789Z' }],
    eventsTotal: 5,
    values: { 'event.action': [text, 'b'], n: 4 },
    notes: [{ at: '2026-11-24T09:00:00.000Z', by: 'policy:p', text }],
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return value;
}

/** An incident with every member, its texts and values as given. */
export function incidentWith(text: string): Incident {
  const member = (alert: string, tactic: string): Record<string, unknown> => ({
    alert,
    rule: 'r',
    title: text,
    firstSeen: '2026-11-24T08:00:00.000Z',
    lastSeen: '2026-11-24T08:30:00.000Z',
    count: 2,
    severity: 'medium',
    tactic,
    contribution: 20,
    minimal: true,
  });
  const { value, problems } = incidentFromRecord({
    kind: 'incident',
    id: 'fedcba9876543210fedcba9876543210',
    revision: 1,
    state: 'active',
    title: text,
    severity: 'high',
    confidence: 0.9,
    score: 77,
    change: text,
    firstSeen: '2026-11-24T08:00:00.000Z',
    lastSeen: '2026-11-24T10:00:00.000Z',
    template: 't1',
    entities: [
      { type: 'user', role: 'actor', value: text },
      { type: 'host', role: 'actor', value: 'pc1' },
    ],
    stages: [
      {
        tactic: 'execution',
        title: text,
        firstSeen: '2026-11-24T08:00:00.000Z',
        lastSeen: '2026-11-24T08:30:00.000Z',
        alerts: ['a1'],
        best: 'a1',
        score: 20,
      },
    ],
    alerts: [member('a1', 'execution'), member('a2', 'impact')],
    alertsTotal: 2,
    links: [
      {
        from: 'a1',
        to: 'a2',
        kind: 'shared_entity',
        weight: 0.7,
        gap: 90.5,
        reason: text,
        entity: { type: 'user', role: 'actor', value: text },
      },
      { from: 'a1', to: 'a3', kind: 'sequence', weight: 0.4, gap: 1, reason: text },
    ],
    refused: [{ from: 'a1', to: 'a9', reason: text }],
    counter: [{ reason: text, factor: 0.5 }],
    story: [{ time: '2026-11-24T08:00:00.000Z', text, alerts: ['a1'], tactic: 'execution' }],
    next: [text],
    remediation: [text],
    approximations: [text],
    linked: ['other'],
    tags: [text],
    terms: [{ name: 'best', operation: 'add', value: 1, after: 1, reason: text }],
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return value;
}
