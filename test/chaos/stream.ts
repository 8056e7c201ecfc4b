import { Random } from '../fuzz/random.ts';

/** Events that are sent together. */
export interface Batch {
  readonly bytes: Buffer;
  readonly events: number;
}

/** Events of a made-up application, the same for a seed, in which alerts and incidents come about all the time. */
export interface Stream {
  readonly batches: readonly Batch[];
  /** An event long after all others: with it everything before is decided. */
  readonly closing: Batch;
  readonly events: number;
}

/** Rules that give alerts of single events, of counts, of sequences, and incidents of them. */
export const CHAOS_RULES = `title: A log-on failed
id: c4a05000-0000-4000-8000-000000000001
name: chaos_logon_failed
logsource: {product: chaos}
detection:
  selection: {action: logon, outcome: failure}
  condition: selection
level: informational
tags: [attack.credential-access, attack.t1110]
entities:
  - {type: user, role: actor, fields: [user]}
  - {type: host, role: target, fields: [host]}
---
title: A tool was started
id: c4a05000-0000-4000-8000-000000000002
name: chaos_tool
logsource: {product: chaos}
detection:
  selection: {action: start, image|endswith: '\\tool.exe'}
  condition: selection
level: medium
confidence: 0.6
tags: [attack.execution, attack.t1059]
suppress: {by: [host, user], for: 10m}
entities:
  - {type: user, role: actor, fields: [user]}
  - {type: host, role: target, fields: [host]}
---
title: Data left
id: c4a05000-0000-4000-8000-000000000003
name: chaos_upload
logsource: {product: chaos}
detection:
  selection: {action: upload, bytes|gte: 900000}
  condition: selection
level: high
confidence: 0.7
tags: [attack.exfiltration, attack.t1048]
entities:
  - {type: user, role: actor, fields: [user]}
  - {type: host, role: target, fields: [host]}
---
title: Many failed log-ons
id: c4a05000-0000-4000-8000-000000000004
name: chaos_guessing
correlation:
  type: event_count
  rules: [chaos_logon_failed]
  group-by: [user]
  timespan: 10m
  condition: {gte: 3}
level: medium
tags: [attack.credential-access, attack.t1110]
---
title: Guessed, then used, then data left
id: c4a05000-0000-4000-8000-000000000005
name: chaos_chain
correlation:
  type: temporal_ordered
  rules: [chaos_guessing, chaos_tool, chaos_upload]
  group-by: [user]
  timespan: 2h
  generate: true
level: critical
confidence: 0.9
tags: [attack.exfiltration, attack.t1048]
`;

/** Others come to the fore after so many events, so that new alerts come about to the end. */
const SHIFT_EVENTS = 100;
const USERS = 6;
const HOSTS = 4;
const ACTIONS = ['logon', 'logon', 'start', 'upload', 'read', 'read', 'read', 'read'] as const;
/** Events of a stream are in the past, so that nothing is dated into the future, and never in a day that ends meanwhile. */
const BEGIN = Date.UTC(2026, 0, 5);
const DAY_MS = 86_400_000;

/** A stream of so many batches. Events come a little out of order, as much as the configuration's lateness allows. */
export function makeStream(
  seed: number,
  { batches, batchEvents = 25 }: { readonly batches: number; readonly batchEvents?: number },
): Stream {
  const random = new Random(seed);
  const made: Batch[] = [];
  let number = 0;
  for (let i = 0; i < batches; i++) {
    const lines: string[] = [];
    for (let k = 0; k < batchEvents; k++) lines.push(line(random, number++));
    made.push({ bytes: Buffer.from(lines.join('')), events: batchEvents });
  }
  const end = BEGIN + number * 1000 + DAY_MS;
  const closing = `{"@timestamp":"${new Date(end).toISOString()}","id":"closing","product":"chaos","action":"close"}\n`;
  return { batches: made, closing: { bytes: Buffer.from(closing), events: 1 }, events: number + 1 };
}

function line(random: Random, number: number): string {
  const at = BEGIN + number * 1000 - random.below(20_000);
  const action = random.one(ACTIONS);
  const shift = Math.floor(number / SHIFT_EVENTS);
  return `${JSON.stringify({
    '@timestamp': new Date(at).toISOString(),
    id: `e${number}`,
    action,
    outcome: random.below(2) === 0 ? 'failure' : 'success',
    user: `user${shift}.${random.below(USERS)}`,
    host: `host${shift}.${random.below(HOSTS)}`,
    image: random.below(2) === 0 ? 'C:\\Temp\\tool.exe' : 'C:\\Windows\\explorer.exe',
    bytes: random.below(1_000_000),
  })}\n`;
}

/** The configuration that streams are sent to; the rules lie in `rules`. */
export function chaosConfig(port: number, more = ''): string {
  return `rules: [rules]
state: ./state
threads: 1
sources: [{type: http, listen: "127.0.0.1:${port}", logsource: {product: chaos}}]
outputs: [{type: file, path: ./out.ndjson, severity: informational}]
api: {listen: "127.0.0.1:0"}
time: {lateness: 10m, idle: 30d}
reload: {watch: false}
${more}`;
}
