import { describe, expect, test } from 'vitest';
import { compileRuleset, Engine, RecordingStages } from '../../engine/pipeline/index.ts';

const FAILED = `title: Failed logon
name: failed
level: low
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4625}, condition: selection}
`;
const LOGON = FAILED.replace('Failed logon', 'Logon')
  .replace('name: failed', 'name: logon')
  .replace('4625', '4624');
const COUNT = `title: Many
name: many
level: high
correlation: {type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 10m, condition: {gte: 3}}
`;
const SEQUENCE = `title: Then in
name: then_in
level: high
correlation:
  type: sequence
  timespan: 10m
  steps: [{rule: failed, as: a}, {absent: logon}, {rule: failed, as: c}]
`;
const PARENT = `title: Twice many
name: parent
level: high
correlation: {type: event_count, rules: [many], group-by: [TargetUserName], timespan: 1h, condition: {gte: 1}}
`;

const filter = (rules: string, body = 'selection: {IpAddress|cidr: 10.0.0.0/8}', product = 'windows') =>
  `title: Scanner\nlogsource: {product: ${product}}\nfilter:\n  rules: ${rules}\n  ${body}\n  condition: not selection\n`;
const overlay = (rules: string) =>
  `overlay:\n  rules: ${rules}\n  filter: {selection: {IpAddress|cidr: 10.0.0.0/8}, condition: not selection}\n`;

/** Events as `id user address`, a second apart. */
function run(files: readonly string[], events: readonly string[]) {
  const compiled = compileRuleset(files.map((text, i) => ({ path: `r${i}.yml`, text })));
  const engine = new Engine(compiled.ruleset);
  const stages = new RecordingStages(compiled.ruleset);
  let detections = 0;
  for (const [i, text] of events.entries()) {
    const [EventID, TargetUserName, IpAddress] = text.split(' ');
    const time = new Date(Date.UTC(2026, 0, 5, 0, 0, i)).toISOString();
    const signals = engine.processRecord({
      Channel: 'Security',
      EventID: Number(EventID),
      TimeCreated: time,
      TargetUserName,
      ...(IpAddress === undefined ? {} : { IpAddress }),
    });
    detections += signals.length;
    stages.take(signals);
  }
  const fired = stages.finish().signals.map((signal) => signal.rule.name);
  return {
    fired,
    detections,
    codes: compiled.diagnostics.filter((d) => d.severity !== 'info').map((d) => d.code),
    compiled,
  };
}

const OUTSIDE = ['4625 ada 198.51.100.1', '4625 ada 198.51.100.1', '4625 ada 198.51.100.1'];
const MIXED = ['4625 ada 198.51.100.1', '4625 ada 10.0.0.1', '4625 ada 198.51.100.1'];

describe('a filter that names a correlation', () => {
  const cases: { name: string; files: string[]; events: string[]; fired: string[] }[] = [
    {
      name: 'leaves what it does not describe alone',
      files: [FAILED, COUNT, filter('[many]')],
      events: OUTSIDE,
      fired: ['many'],
    },
    {
      name: 'takes events out of what the correlation reads',
      files: [FAILED, COUNT, filter('[many]')],
      events: MIXED,
      fired: [],
    },
    { name: 'without it all of them count', files: [FAILED, COUNT], events: MIXED, fired: ['many'] },
    {
      name: 'an event without the field is not what a negated selection describes',
      files: [FAILED, COUNT, filter('[many]')],
      events: ['4625 ada', '4625 ada', '4625 ada'],
      fired: ['many'],
    },
    {
      name: 'of another product has no effect on these rules',
      files: [FAILED, COUNT, filter('[many]', 'selection: {IpAddress|cidr: 10.0.0.0/8}', 'linux')],
      events: MIXED,
      fired: ['many'],
    },
    {
      name: 'takes events out of a step that must be absent, too',
      files: [FAILED, LOGON, SEQUENCE, filter('[then_in]')],
      events: ['4625 ada 1.1.1.1', '4624 ada 10.0.0.1', '4625 ada 1.1.1.1'],
      fired: ['then_in'],
    },
    {
      name: 'a step that must be absent and is not filtered still counts',
      files: [FAILED, LOGON, SEQUENCE, filter('[then_in]')],
      events: ['4625 ada 1.1.1.1', '4624 ada 1.1.1.2', '4625 ada 1.1.1.1'],
      fired: [],
    },
    {
      name: 'of a chain is asked about what the child carries',
      files: [FAILED, COUNT, PARENT, filter('[parent]', 'selection: {TargetUserName: ada}')],
      events: OUTSIDE,
      fired: ['many'],
    },
    {
      name: 'and that is not so for another value',
      files: [FAILED, COUNT, PARENT, filter('[parent]', 'selection: {TargetUserName: bob}')],
      events: OUTSIDE,
      fired: ['many', 'parent'],
    },
    {
      name: 'in an overlay does the same',
      files: [FAILED, COUNT, overlay('[many]')],
      events: MIXED,
      fired: [],
    },
  ];
  for (const { name, files, events, fired } of cases) {
    test(name, () => expect(run(files, events).fired).toEqual(fired));
  }

  test('leaves the firings of the detections as they are', () => {
    expect(run([FAILED, COUNT, filter('[many]')], MIXED).detections).toBe(3);
    expect(run([FAILED, COUNT, filter('[failed]')], MIXED).detections).toBe(2);
  });

  test('for any rule takes the events out of the detections, and so out of the correlation', () => {
    const { fired, detections } = run([FAILED, COUNT, filter('any')], MIXED);
    expect([fired, detections]).toEqual([[], 2]);
  });

  test('changes the hash of the correlation, and of no other', () => {
    const hash = (files: string[]) =>
      run(files, []).compiled.ruleset.correlations.map((rule) => rule.meta.hash);
    const [plain, filtered] = [
      hash([FAILED, COUNT, PARENT]),
      hash([FAILED, COUNT, PARENT, filter('[many]')]),
    ];
    expect(filtered[0]).not.toBe(plain[0]);
    expect(filtered[1]).toBe(plain[1]);
  });

  test('whose logsource fits none of its rules is reported, and so are keywords and fields a child does not carry', () => {
    const linux = filter('[many]', 'selection: {IpAddress: x}', 'linux');
    expect(run([FAILED, COUNT, linux], []).codes).toEqual(['TT1402']);
    expect(run([FAILED, COUNT, filter('[many]', 'selection: [scanner]')], []).codes).toEqual(['TT1407']);
    expect(run([FAILED, COUNT, PARENT, filter('[parent]')], []).codes).toEqual(['TT5004']);
  });
});
