// Writes the recording that the learnt examples under baselines/learned/ come from: five weeks of a small, made-up company, one JSON event a
// line on standard output. The same bytes each time: everything is drawn from one seeded generator (mulberry32).
// Usage: node scripts/make-baseline-sample.mjs [seed] > sample.ndjson
import { writeSync } from 'node:fs';

const DAYS = 35;
const START = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;

let state = Number(process.argv[2] ?? 1);
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
}
const pick = (list) => list[Math.floor(list.length * random())];
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const NAMES = [
  'ana',
  'ben',
  'cleo',
  'dan',
  'eva',
  'finn',
  'gus',
  'hana',
  'ida',
  'jon',
  'kai',
  'lea',
  'mia',
  'noa',
  'ole',
  'pia',
  'rui',
  'sam',
];
const CITIES = [
  [52.52, 13.4],
  [48.14, 11.58],
  [53.55, 9.99],
];
const people = NAMES.map((name, i) => ({
  name,
  host: `pc-${name}`,
  department: ['sales', 'engineering'][i % 2],
  begin: 7 + Math.floor(3 * random()),
  home: 3320 + Math.floor(5 * random()),
  city: pick(CITIES),
  rate: Math.exp(Math.log(6) + 0.3 * normal()),
}));
const WORDS =
  'able acorn amber baker basil birch canal cedar cloud coral delta eagle ember field flint grove harbor hazel island ivory jasper kernel laurel linen maple meadow nickel north olive orbit paper pearl quartz river saddle silver stone tablet timber urban valley violet walnut willow winter yellow'.split(
    ' ',
  );
const PROGRAMS = [
  'chrome.exe',
  'chrome.exe',
  'outlook.exe',
  'outlook.exe',
  'winword.exe',
  'excel.exe',
  'teams.exe',
  'code.exe',
  'acrobat.exe',
];
const STEPS = {
  list: ['read', 'read', 'list'],
  read: ['read', 'read', 'write', 'list'],
  write: ['read', 'list', 'write'],
};

const events = [];
const add = (time, fields) => events.push({ time, fields });

for (let day = 0; day < DAYS; day++) {
  const weekend = day % 7 >= 5;
  for (const one of people) {
    const many = Math.round(one.rate * Math.exp(0.3 * normal()) * (weekend ? 0.03 : 1));
    let step = 'list';
    let at = START + day * 24 * HOUR + one.begin * HOUR;
    for (let n = 0; n < many; n++) {
      at += (0.2 + 1.6 * random()) * ((8 * HOUR) / (many + 1));
      const user = { name: one.name, department: one.department };
      const host = { name: one.host };
      const away = random() < 0.01;
      add(at, {
        event: { action: 'logon', category: 'authentication', outcome: 'success', module: 'directory' },
        user,
        host: { name: random() < 0.8 ? one.host : `srv-${Math.floor(4 * random())}` },
        source: {
          as: { number: away ? 9000 + Math.floor(60 * random()) : random() < 0.6 ? 680 : one.home },
          geo: {
            country_iso_code: away && random() < 0.3 ? pick(['AT', 'FR', 'NL']) : 'DE',
            location: { lat: one.city[0], lon: one.city[1] },
          },
        },
      });
      add(at + 60_000 * random(), {
        event: { category: 'process', module: 'endpoint' },
        host,
        process: { name: random() < 0.01 ? `tool${Math.floor(40 * random())}.exe` : pick(PROGRAMS) },
      });
      for (let d = 0; d < 2; d++) {
        add(at + 300_000 * random(), {
          event: { category: 'dns', module: 'resolver' },
          host,
          dns: { question: { name: `${pick(WORDS)}${pick(WORDS)}.example` } },
        });
      }
      add(at + 400_000 * random(), {
        event: { category: 'network', module: 'firewall' },
        network: { direction: 'outbound' },
        host,
        source: { bytes: Math.round(20_000 * Math.exp(0.8 * normal())) },
        destination: {
          domain: `${pick(WORDS)}.example`,
          host:
            random() < 0.02
              ? `srv-${4 + Math.floor(8 * random())}`
              : pick(['files', 'mail', 'print', 'wiki']),
        },
      });
      add(at + 500_000 * random(), { event: { category: 'cloud', action: step, module: 'cloud' }, user });
      step = pick(STEPS[step]);
    }
  }
}
events.sort((a, b) => a.time - b.time);
let text = '';
for (const { time, fields } of events)
  text += `${JSON.stringify({ '@timestamp': new Date(Math.round(time)).toISOString(), ...fields })}\n`;
for (let from = 0; from < text.length; from += 1 << 20) writeSync(1, text.slice(from, from + (1 << 20)));
