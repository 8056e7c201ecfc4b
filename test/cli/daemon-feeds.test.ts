import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FeedStore } from '../../engine/adapters/index.ts';
import { DaemonFeeds } from '../../engine/cli/daemon-feeds.ts';
import { IntelSnapshot, type SnapshotParts } from '../../engine/intel/index.ts';
import { eventTime, type Signal } from '../../engine/model/index.ts';
import { compileRuleset, FEED_STALE } from '../../engine/pipeline/index.ts';
import { FakeFile } from '../adapters/feeds/fake-servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'daemon-feeds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DAY = 86_400_000_000;
const START = Date.parse('2026-11-12T00:00:00Z') * 1000;

function daemonOf(origin: string) {
  const path = join(folder, 'theirs.yml');
  const text = `title: Theirs\nname: theirs\nlevel: low\nfeed: {format: plain, ${origin}}\n`;
  const { feeds } = compileRuleset([{ path, text }]).ruleset;
  const [feed] = feeds;
  if (feed === undefined) throw new Error('no feed');
  const seen = { now: START, swaps: [] as SnapshotParts[], signals: [] as Signal[], said: [] as string[] };
  const daemon = new DaemonFeeds(feeds, {
    store: new FeedStore(join(folder, 'copies')),
    clock: { nowMicros: () => seen.now, monotonicMs: () => seen.now / 1000, sleep: async () => undefined },
    random: () => 0.5,
    access: { theirs: { allowPrivate: true, headers: {} } },
    swap: (parts) => seen.swaps.push(parts),
    signal: async (signals) => {
      seen.signals.push(...signals);
    },
    say: (said) => seen.said.push(said),
  });
  const lists = (parts: SnapshotParts | undefined, name: string): boolean =>
    parts !== undefined && new IntelSnapshot(parts).match('domain', name, eventTime(seen.now)).length > 0;
  return { feed, daemon, seen, lists };
}

describe('the feeds of a daemon', () => {
  it('swap a snapshot in where a file has changed, and only then', async () => {
    const { feed, daemon, seen, lists } = daemonOf('file: theirs.txt');
    writeFileSync(join(folder, 'theirs.txt'), 'a.example.net\n');
    expect(lists(await daemon.load(), 'a.example.net')).toBe(true);
    await daemon.refresh(feed);
    expect(seen.swaps).toHaveLength(0);
    writeFileSync(join(folder, 'theirs.txt'), 'b.example.net\n');
    await daemon.refresh(feed);
    expect(seen.swaps).toHaveLength(1);
    expect([lists(seen.swaps[0], 'a.example.net'), lists(seen.swaps[0], 'b.example.net')]).toEqual([
      false,
      true,
    ]);
  });

  it('heed documents that a reload brings and takes away, and those that stay as they were not', async () => {
    const { daemon, seen, lists } = daemonOf('file: theirs.txt');
    writeFileSync(join(folder, 'theirs.txt'), 'a.example.net\n');
    writeFileSync(join(folder, 'more.txt'), 'c.example.net\n');
    await daemon.load();
    const document = (name: string) => ({
      path: join(folder, `${name}.yml`),
      text: `title: ${name}\nname: ${name}\nlevel: low\nfeed: {format: plain, file: ${name}.txt}\n`,
    });
    const rules = (...names: string[]) => compileRuleset(names.map(document)).ruleset.feeds;
    await daemon.follow(rules('theirs', 'more'));
    expect([lists(seen.swaps.at(-1), 'a.example.net'), lists(seen.swaps.at(-1), 'c.example.net')]).toEqual([
      true,
      true,
    ]);
    await daemon.follow(rules('theirs', 'more'));
    expect(seen.swaps).toHaveLength(1);
    await daemon.follow(rules('more'));
    expect([lists(seen.swaps.at(-1), 'a.example.net'), lists(seen.swaps.at(-1), 'c.example.net')]).toEqual([
      false,
      true,
    ]);
    await daemon.follow([]);
    expect(lists(seen.swaps.at(-1), 'c.example.net')).toBe(false);
    await daemon.end();
  });

  it('keep what was fetched last where the server fails, tell once it is too old, and once only', async () => {
    const file = new FakeFile();
    file.text = 'a.example.net\n';
    const server = await file.open();
    const { feed, daemon, seen, lists } = daemonOf(`url: '${server.url}/x', stale_after: 2d`);
    await daemon.load();
    await daemon.refresh(feed);
    expect(lists(seen.swaps[0], 'a.example.net')).toBe(true);
    file.fault = 'error';
    for (const days of [1, 2]) {
      seen.now = START + days * DAY;
      await daemon.refresh(feed);
    }
    expect([seen.swaps.length, seen.signals]).toEqual([1, []]);
    for (const days of [3, 4]) {
      seen.now = START + days * DAY;
      await daemon.refresh(feed);
    }
    expect(seen.signals.map(({ rule }) => rule.id)).toEqual([FEED_STALE.id, FEED_STALE.id]);
    expect(new Set(seen.signals.map(({ id }) => id)).size).toBe(1);
    expect(seen.said.at(-1)).toBe('feed theirs: HTTP 503; its last good copy stands');
    await server.close();
  });
});
