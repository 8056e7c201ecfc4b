import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { say } from './report.ts';

/** The built command; this file lies in dist/test/bench itself. */
const MAIN = resolve(import.meta.dirname, '..', '..', 'engine', 'cli', 'main.js');
const FILES = 4000;
const RELOADS = Number(process.env['TELLTALE_RELOADS'] ?? 40);

/**
 * Reloading under load: 4,000 rule files of which one turns bad and good again while another changes (how long until the change runs), and two sets of rules
 * that take turns by the swap of a link, of which each event must be seen by one and only one.
 */
export async function benchReload(): Promise<void> {
  const times = await inFolder(visible);
  times.sort((a, b) => a - b);
  const [median, most] = [times[times.length >> 1] ?? 0, times.at(-1) ?? 0];
  say(
    `${FILES} files, one bad, a change runs after: median ${median} ms, at most ${most} ms, of ${times.length} reloads`,
  );
  const { events, hits, reloads } = await inFolder(mixed);
  say(`${reloads} reloads under load: ${events} events, ${hits} signals of either set`);
  if (events !== hits) throw new Error('an event was missed, or seen by a mixed set');
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rule(number: number, word: string): string {
  const id = `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;
  return `title: Rule ${number}\nid: ${id}\nlevel: low\nlogsource: {product: app}\ndetection:\n  selection: {msg|contains: '${word}'}\n  condition: selection\n`;
}

interface Running {
  /** Resolves when it has said something that fits, behind what was waited for before. */
  until(pattern: RegExp): Promise<void>;
  stop(): Promise<void>;
}

function spawned(folder: string): Running {
  const child = spawn(process.execPath, [MAIN, 'run', '--config', 't.yml'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const ended = new Promise<void>((wake) => child.once('close', () => wake()));
  return {
    until: async (pattern) => {
      for (let tries = 0; tries < 6000; tries++) {
        const found = pattern.exec(text);
        if (found !== null) {
          text = text.slice(found.index + found[0].length);
          return;
        }
        await new Promise((wake) => setTimeout(wake, 10));
      }
      throw new Error(`it did not say ${pattern}: ${text}`);
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function start(folder: string, canary: string): Promise<Running> {
  writeFileSync(join(folder, 'in.ndjson'), '');
  const config = `rules: [rules/]\nstate: ./state\nthreads: 1\napi: {listen: 127.0.0.1:0}\nlog: {format: json}\nsources: [{type: file, path: in.ndjson, poll: 50ms}]\noutputs: [{type: file, path: out.ndjson, sees: routed}]\ntime: {lateness: 0s, idle: 100ms}\nreload: {${canary}}\n`;
  writeFileSync(join(folder, 't.yml'), config);
  const daemon = spawned(folder);
  await daemon.until(/rules are followed/);
  return daemon;
}

/** Appends 2,000 events a second until the work is done; gives how many there were. */
async function underLoad(folder: string, work: () => Promise<void>): Promise<number> {
  let events = 0;
  const timer = setInterval(() => {
    const at = new Date().toISOString();
    const lines = Array.from({ length: 200 }, () => `{"@timestamp":"${at}","msg":"hello ${events++}"}\n`);
    appendFileSync(join(folder, 'in.ndjson'), lines.join(''));
  }, 100);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return events;
}

async function visible(folder: string): Promise<number[]> {
  const at = (number: number): string => join(folder, 'rules', `${number}.yml`);
  mkdirSync(join(folder, 'rules'));
  for (let i = 0; i < FILES; i++) writeFileSync(at(i), rule(i, `word ${i} of rules`));
  const daemon = await start(folder, 'settle: 300ms');
  const times: number[] = [];
  await underLoad(folder, async () => {
    for (let i = 0; i < 10; i++) {
      const began = performance.now();
      writeFileSync(at(7), i % 2 === 0 ? 'title: [' : rule(7, 'word 7 of rules'));
      writeFileSync(at(9), rule(9, `word 9 in round ${i}`));
      await daemon.until(/rules loaded/);
      times.push(Math.round(performance.now() - began));
      await new Promise((wake) => setTimeout(wake, 500));
    }
  });
  await daemon.stop();
  return times;
}

/** In one set the first rule holds on every event and the second on none, in the other it is the other way round. */
async function mixed(
  folder: string,
): Promise<{ readonly events: number; readonly hits: number; readonly reloads: number }> {
  for (const [set, words] of [
    ['one', ['hello', 'nothing']],
    ['two', ['nothing', 'hello']],
  ] as const) {
    mkdirSync(join(folder, 'sets', set), { recursive: true });
    for (const [i, word] of words.entries())
      writeFileSync(join(folder, 'sets', set, `${i}.yml`), rule(i, word));
  }
  mkdirSync(join(folder, 'rules'));
  symlinkSync('../sets/one', join(folder, 'rules', '..data'));
  for (const i of [0, 1]) symlinkSync(`..data/${i}.yml`, join(folder, 'rules', `${i}.yml`));
  // Whether an event is seen is asked here, not whether rules are too loud.
  const daemon = await start(folder, 'settle: 20ms, canary_events: 0, jump: 0');
  const events = await underLoad(folder, async () => {
    for (let i = 0; i < RELOADS; i++) {
      symlinkSync(`../sets/${i % 2 === 0 ? 'two' : 'one'}`, join(folder, 'rules', '..tmp'));
      renameSync(join(folder, 'rules', '..tmp'), join(folder, 'rules', '..data'));
      await daemon.until(/rules loaded[^\n]*2 edited/);
    }
  });
  const hits = await hitsOf(folder, events);
  await daemon.stop();
  return { events, hits, reloads: RELOADS };
}

/** The signals of all rules, once all events are accounted for. */
async function hitsOf(folder: string, events: number): Promise<number> {
  const read = (name: string): string => readFileSync(join(folder, 'state', name), 'utf8').trim();
  const sum = (text: string, pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  for (let tries = 0; ; tries++) {
    const headers = { authorization: `Bearer ${read('admin.token')}` };
    const text = await (await fetch(`${read('api.url')}/metrics`, { headers })).text();
    if (sum(text, /^telltale_events_total\{.*\} (\d+)$/gm) >= events || tries > 200)
      return sum(text, /^telltale_rule_hits_total\{rule="0000000[01]-.*\} (\d+)$/gm);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
