import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameHeader, readFrames } from '../../../engine/adapters/store/spool-frames.ts';
import { parseYaml } from '../../../engine/adapters/yaml-file.ts';
import { parseMapping } from '../../../engine/ingest/index.ts';
import { alertFromRecord, incidentFromRecord } from '../../../engine/model/index.ts';
import {
  compileRuleset,
  Engine,
  incidentStage,
  LiveCases,
  runnable,
} from '../../../engine/pipeline/index.ts';
import { detectBatch, fillTemplate, readConfig, readTemplate } from '../../../engine/runtime/index.ts';
import { packageFile, packageRules } from '../package-files.ts';
import { concat, type FuzzTarget, must, textOf, texts } from '../target.ts';

const PORTS = {
  secret: () => 'sesame',
  isSchedule: (text: string) => text.split(' ').length === 5,
  processors: 2,
  piped: false,
  defaultRules: ['rules'],
};

/** A configuration is one, or what is wrong with it is said at its place. */
function config(input: Uint8Array): void {
  const { documents, diagnostics } = parseYaml('t.yml', textOf(input));
  if (diagnostics.length > 0) return;
  const [document] = documents;
  const read = readConfig(document?.value, {
    ...PORTS,
    locate: (way) => document?.locate(way) ?? { file: 't.yml', line: 1, column: 1 },
  });
  must(
    read.value !== undefined || read.diagnostics.some(({ severity }) => severity === 'error'),
    'it is a configuration, or it is said why not',
  );
}

/** What is taken as a template can be filled. */
function template(input: Uint8Array): void {
  const read = readTemplate(textOf(input));
  if ('template' in read)
    JSON.stringify(fillTemplate(read.template, { id: 'a', title: 't', rule: { title: 'r' }, group: {} }));
}

const folder = mkdtempSync(join(tmpdir(), 'fuzz-spool-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const SEGMENT = join(folder, 's');

function frame(text: string, line: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return concat(frameHeader({ bytes, records: 1, receivedAt: 1 }, line), bytes);
}

const GOOD = ['{"before":1}\n', '{"behind":1}\n'] as const;

/** The frames before and behind damage are found. */
function spool(input: Uint8Array): void {
  writeFileSync(SEGMENT, concat(frame(GOOD[0], 1), input, frame(GOOD[1], 9)));
  const size = frame(GOOD[0], 1).length + input.length + frame(GOOD[1], 9).length;
  const found: string[] = [];
  for (let from = 0; from < size; ) {
    const frames = readFrames(SEGMENT, { from, to: size, atMost: 1 << 20 });
    found.push(...frames.found.map(({ payload }) => textOf(payload)));
    must(frames.end > from, 'reading goes on');
    from = frames.end;
  }
  must(found[0] === GOOD[0] && found.at(-1) === GOOD[1], 'the frames before and behind are found');
}

const RULES = packageRules('correlations', 30).map((text, i) => ({ path: `${i}.yml`, text }));
const BASES = packageRules('rules/windows', 30).map((text, i) => ({ path: `d${i}.yml`, text }));
const { ruleset } = compileRuleset([...RULES, ...BASES]);
const live = (saved?: Uint8Array): LiveCases | undefined =>
  LiveCases.start(ruleset, { incidents: incidentStage(ruleset) }, saved);

/** The state of stages that have seen the sample recording. */
function snapshot(): Uint8Array {
  const stages = live();
  const bytes = new TextEncoder().encode(packageFile('examples', 'intrusion.ndjson'));
  const { signals } = detectBatch(new Engine(runnable(ruleset)), {
    source: 's',
    bytes,
    file: 'f',
    line: 1,
    receivedAt: 1,
  });
  stages?.take(signals);
  return stages?.snapshot() ?? new Uint8Array(0);
}

function thing(input: Uint8Array): void {
  let record: unknown;
  try {
    record = JSON.parse(textOf(input));
  } catch {
    return;
  }
  alertFromRecord(record);
  incidentFromRecord(record);
}

const CONFIG = `rules: [rules/, correlations/]
state: ./state
threads: 2
sources:
  - {type: file, path: /var/log/app.ndjson, logsource: any, poll: 1s}
  - {type: http, listen: 127.0.0.1:9200, token: "\${env:TOKEN}"}
  - {type: syslog, listen: "udp://127.0.0.1:5514"}
outputs:
  - {type: file, path: ./alerts.ndjson, rotate: 64MB}
  - {type: webhook, name: w, url: "https://a.example/x", headers: {a: b}, secret: "whsec_AAAA", template: {text: "{{title}}"}}
  - {type: syslog, name: s, to: "tcp://192.0.2.1:514", format: cef}
time: {lateness: 1h, idle: 10s}
retention: {keep: 90d, schedule: "17 3 * * *"}
`;

export const STATE_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'configuration',
    law: 'it is one, or it is said why not',
    weight: 0.08,
    corpus: texts(CONFIG, packageFile('examples', 'telltale.yml')),
    words: ['{type: ', 'listen: ', '${env:', '${file:', '1h', '64MB', '\n  - ', '&a', '*a', '<<: *a'],
    run: config,
  },
  {
    name: 'body-templates',
    law: 'what is taken can be filled',
    weight: 4,
    corpus: texts('{"text":"{{title}} {{rule.title}}","a":[{"b":"{{x}}"}]}', '"{{id}}"', '{"{{k}}":1}'),
    words: ['{{', '}}', '{{id}}', '.', '|'],
    run: template,
  },
  {
    name: 'spool',
    law: 'the frames before and behind damage are found',
    weight: 1,
    corpus: [frame('{"a":1}\n', 2), concat(frame('x'.repeat(300), 3), frame('y', 4)), frame('', 5)],
    words: ['TTS1', '1STT', '\0\0\0\0', '\xff\xff\xff\xff'],
    run: spool,
  },
  {
    name: 'snapshot',
    law: 'stages stand, or the bytes are refused',
    weight: 0.3,
    corpus: [snapshot()],
    words: ['\0\0\0\x01', '"values":', '[]', 'null', '-1'],
    run: (input) => void live(input),
  },
  {
    name: 'kept-cases',
    law: 'no more than no crash',
    weight: 3,
    corpus: texts(
      '{"kind":"alert","id":"a","revision":1,"state":"open","severity":"high","rule":{"kind":"detection","id":"r","title":"t"},"entities":[{"type":"host","value":"h"}],"firstSeen":"2026-01-05T10:00:00Z","lastSeen":"2026-01-05T10:00:00Z"}',
      '{"kind":"incident","id":"i","revision":2,"alerts":[],"graph":{}}',
    ),
    words: ['"entities":[', '"rule":{', '"score":', 'null', '{}', '[]'],
    run: thing,
  },
  {
    name: 'mappings',
    law: 'no more than no crash',
    weight: 0.15,
    corpus: texts(packageFile('examples', 'ait-ads.mapping.yml')),
    words: ['fields:\n', 'detect:\n', 'time: ', '{path: ', '[a, b]', 'entities:\n'],
    run: (input) => {
      const { documents, diagnostics } = parseYaml('m.yml', textOf(input));
      const [document] = documents;
      if (diagnostics.length === 0 && document !== undefined)
        parseMapping(document.value, (way) => document.locate(way));
    },
  },
];
