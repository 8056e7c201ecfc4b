import {
  BodyFault,
  bulkBody,
  hecBody,
  jsonBody,
  rawBody,
} from '../../../engine/adapters/sources/http-bodies.ts';
import { type SyslogFrame, SyslogFramer } from '../../../engine/adapters/sources/syslog-frames.ts';
import { syslogRecord } from '../../../engine/ingest/index.ts';
import { chunkSize, concat, type FuzzTarget, must, textOf, texts } from '../target.ts';

const CONTEXT = { receivedAt: 1_767_607_200_000_000, offsetMinutes: 0, from: '192.0.2.1' };

/** A message becomes one line that is one JSON object, whatever it is. */
function syslog(input: Uint8Array): void {
  const line = syslogRecord(textOf(input), CONTEXT);
  must(!line.includes('\n'), 'a message is one line');
  const record: unknown = JSON.parse(line);
  must(typeof record === 'object' && record !== null && !Array.isArray(record), 'a message is an object');
}

function shown(frames: readonly SyslogFrame[]): string {
  return frames.map((one) => (one.kind === 'message' ? `m${textOf(one.bytes)}` : 'large')).join('\n\n');
}

/** The message before is whole, and chunks change nothing. */
function octets(input: Uint8Array): void {
  const bytes = concat('<13>good one\n', input);
  const whole = new SyslogFramer(2048);
  const frames = [...whole.push(bytes)];
  const ended = whole.end();
  if (ended.frame !== undefined) frames.push(ended.frame);
  must(
    frames[0]?.kind === 'message' && textOf(frames[0].bytes) === '<13>good one',
    'the message before is whole',
  );
  must(whole.heldBytes <= 2048 + 16, 'what waits is bounded');
  const parts = new SyslogFramer(2048);
  const pieces: SyslogFrame[] = [];
  const size = chunkSize(input, 59);
  for (let at = 0; at < bytes.length; at += size) pieces.push(...parts.push(bytes.slice(at, at + size)));
  const last = parts.end();
  if (last.frame !== undefined) pieces.push(last.frame);
  must(shown(pieces) === shown(frames), 'chunks change nothing');
}

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 10) count++;
  return count;
}

/** What a body is taken for: as many lines as records, or a fault that is told to the sender. */
function body(
  read: (bytes: Uint8Array) => { readonly bytes: Uint8Array; readonly records: number },
): (input: Uint8Array) => void {
  return (input) => {
    try {
      const { bytes, records } = read(input);
      must(newlines(bytes) === records, 'a record is a line');
    } catch (error) {
      if (!(error instanceof BodyFault)) throw error;
    }
  };
}

const HEC = texts(
  '{"event":"text","time":1767607200.123,"host":"h"}{"event":{"EventID":1},"fields":{"a":"b"}}',
  '{"time":"1767607200","event":{"a":[1,2]},"sourcetype":"x"}\n{"event":"y"}',
);
const BULK = texts(
  '{"create":{"_index":"logs"}}\n{"a":1}\n{"index":{}}\n{"b":{"c":2}}\n',
  '{"delete":{"_id":"1"}}\n{"update":{"_id":"2"}}\n{"doc":{}}\n{"create":{}}\r\n{"x":"y"}\r\n',
);

export const SENDER_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'syslog-3164',
    law: 'a message becomes one JSON object on one line',
    weight: 12,
    corpus: texts(
      '<34>Oct 11 22:14:15 mymachine su[230]: failed for lonvick',
      '<189>29: *Mar  1 2026 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured',
      '<13>2026-01-05T10:00:00Z host app: text',
      'no priority at all',
    ),
    words: ['<', '>', '[', ']:', 'Oct 11 ', ': ', 'UTC'],
    run: syslog,
  },
  {
    name: 'syslog-5424',
    law: 'a message becomes one JSON object on one line',
    weight: 12,
    corpus: texts(
      '<165>1 2026-01-05T10:00:00.003Z host app 111 ID47 [ex@32473 iut="3" e="A \\"q\\" \\]"][b c="d"] \ufeffmessage',
      '<34>1 - - - - - -',
      '<34>1 2026-01-05T10:00:00+01:00 h a - - - {"EventID":1}',
    ),
    words: ['[', ']', '="', '\\]', '\\"', ' - ', '>1 '],
    run: syslog,
  },
  {
    name: 'cef',
    law: 'a message becomes one JSON object on one line',
    weight: 12,
    corpus: texts(
      'CEF:0|Vendor|Product|1.0|100|Name \\| x|9|src=10.0.0.1 dst=2.1.2.2 msg=a\\=b c=d cs1Label=x cs1=y',
      '<13>Jan  5 10:00:00 h CEF:1|a|b|c|d|e|Low|rt=1767607200000 __proto__=x',
    ),
    words: ['|', '\\|', '\\=', '=', ' cs1=', 'Label=', '\\n', 'CEF:0|'],
    run: syslog,
  },
  {
    name: 'leef',
    law: 'a message becomes one JSON object on one line',
    weight: 12,
    corpus: texts(
      'LEEF:1.0|V|P|1|id|src=1.2.3.4\tdst=5.6.7.8\tusrName=x',
      'LEEF:2.0|V|P|1|id|^|src=1^dst=2',
      'LEEF:2.0|V|P|1|id|0x09|src=1\tdst=2',
    ),
    words: ['|', '\t', '^', '0x', '=', 'LEEF:2.0|'],
    run: syslog,
  },
  {
    name: 'key-value',
    law: 'a message becomes one JSON object on one line',
    weight: 12,
    corpus: texts(
      '<13>date=2026-01-05 time=10:00:00 devname="fw 1" srcip=10.0.0.1 action="deny" msg="a \\"b\\" c"',
      '<13>a=1 b=2 c="x=y" d= e',
    ),
    words: ['="', '"', ' a=', '=', '\\"', '=='],
    run: syslog,
  },
  {
    name: 'octets',
    law: 'the message before is whole, chunks change nothing, what waits is bounded',
    weight: 10,
    corpus: texts('10 <13>abcdef11 <13>abcdefg', '<13>line\n<14>line\n', '5 <1>ab\n<13>x\0<14>y'),
    words: ['10 ', '9999999 ', '\n', '\0', '0 ', '1 a'],
    run: octets,
  },
  {
    name: 'hec',
    law: 'as many lines as records, or the sender is told',
    weight: 8,
    corpus: HEC,
    words: ['"event":', '}{', '"time":', '"fields":{'],
    run: body(hecBody),
  },
  {
    name: 'hec-raw',
    law: 'as many lines as records, or the sender is told',
    weight: 6,
    corpus: texts('line\n{"a":1}\r\nother', '{"a"'),
    words: ['\r\n', '{', '\u2028'],
    run: body(rawBody),
  },
  {
    name: 'bulk',
    law: 'as many lines as records, or the sender is told',
    weight: 8,
    corpus: BULK,
    words: ['{"create":{}}\n', '\n', '\r\n', '{"delete":{}}\n', '{"index":{'],
    run: body((bytes) => bulkBody(bytes, 'd')),
  },
  {
    name: 'json-body',
    law: 'as many lines as records, or the sender is told',
    weight: 8,
    corpus: texts('[{"a":1},{"b":"x\\n"}]', '{"a":1}\n{"b":2}\n', '{\n "a": [1,\n2]\n}'),
    words: ['\r', '\n', '},{', '[', '{'],
    run: body(jsonBody),
  },
];
