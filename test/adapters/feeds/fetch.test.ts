import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FeedStore, fetchFeed, isStale, loadFeeds } from '../../../engine/adapters/index.ts';
import { eventTime, type FeedRule } from '../../../engine/model/index.ts';
import { compileRuleset } from '../../../engine/pipeline/index.ts';
import { FakeFile, FakeMisp, type FakeServer, FakeTaxii } from './fake-servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'feeds-'));
const open: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

const HOUR = 3_600_000_000;
const NOW = Date.parse('2026-11-12T00:00:00Z') * 1000;
const access = { allowPrivate: true, headers: {} };

function feedOf(origin: string): FeedRule {
  const text = `title: Theirs\nname: theirs\nlevel: low\nfeed: {${origin}}\n`;
  const [feed] = compileRuleset([{ path: 'theirs.yml', text }]).ruleset.feeds;
  if (feed === undefined) throw new Error('no feed');
  return feed;
}

async function served<T extends FakeFile | FakeTaxii | FakeMisp>(fake: T): Promise<FakeServer> {
  const server = await fake.open();
  open.push(server);
  return server;
}

async function held(feed: FeedRule, store: FeedStore): Promise<readonly string[]> {
  const { snapshot } = await loadFeeds([feed], { copies: store });
  const names = ['a.example.net', 'b.example.net', 'c.example.net', 'd.example.net', 'e.example.net'];
  return names.filter((name) => snapshot.match('domain', name, eventTime(NOW)).length > 0);
}

describe('a feed over HTTP', () => {
  it('is sent again only where it has changed', async () => {
    const file = new FakeFile();
    file.text = 'a.example.net\nb.example.net\n';
    const server = await served(file);
    const feed = feedOf(`url: '${server.url}/list.txt', format: plain`);
    const store = new FeedStore(folder);
    let now = NOW;
    const ports = { store, nowMicros: () => now };
    expect(await fetchFeed(feed, ports, access)).toEqual({ kind: 'new', rows: 2 });
    now += HOUR;
    expect(await fetchFeed(feed, ports, access)).toEqual({ kind: 'same' });
    expect(server.asked[1]?.headers['if-none-match']).toBeDefined();
    expect((await store.note(feed))?.fetchedAt).toBe(now);
    file.text = 'c.example.net\n';
    expect(await fetchFeed(feed, ports, access)).toEqual({ kind: 'new', rows: 1 });
    expect(await held(feed, store)).toEqual(['c.example.net']);
  });

  for (const fault of ['error', 'page', 'broken', 'elsewhere'] as const) {
    it(`keeps the last good copy where the server answers with: ${fault}`, async () => {
      const file = new FakeFile();
      file.text = 'a.example.net\n';
      const server = await served(file);
      const feed = feedOf(`url: '${server.url}/list.txt', format: plain`);
      const store = new FeedStore(folder);
      const ports = { store, nowMicros: () => NOW };
      await fetchFeed(feed, ports, access);
      file.fault = fault;
      file.modified = new Date('2026-11-11T00:00:00Z');
      expect((await fetchFeed(feed, { ...ports, nowMicros: () => NOW + HOUR }, access)).kind).toBe('failed');
      expect(await held(feed, store)).toEqual(['a.example.net']);
      expect((await store.note(feed))?.fetchedAt).toBe(NOW);
    });
  }

  it('is refused from a private address unless the operator allows it', async () => {
    const file = new FakeFile();
    file.text = 'a.example.net\n';
    const server = await served(file);
    const feed = feedOf(`url: '${server.url}/list.txt', format: plain`);
    const fetched = await fetchFeed(feed, { store: new FeedStore(folder), nowMicros: () => NOW });
    expect(fetched).toMatchObject({ kind: 'failed', reason: expect.stringContaining('private or reserved') });
    expect(server.asked).toEqual([]);
  });

  it('is asked with the headers that the operator gave', async () => {
    const file = new FakeFile();
    file.text = 'a.example.net\n';
    file.token = 'secret';
    const server = await served(file);
    const feed = feedOf(`url: '${server.url}/list.txt', format: plain`);
    const ports = { store: new FeedStore(folder), nowMicros: () => NOW };
    expect(await fetchFeed(feed, ports, access)).toEqual({ kind: 'failed', reason: 'HTTP 401' });
    const known = { ...access, headers: { authorization: 'Bearer secret' } };
    expect(await fetchFeed(feed, ports, known)).toEqual({ kind: 'new', rows: 1 });
  });

  it('is stale once it could not be read for longer than it may', () => {
    const feed = feedOf("url: 'https://feeds.example.com/x', format: plain, stale_after: 1d");
    const since = eventTime(NOW);
    const note = { from: 'x', fetchedAt: NOW };
    expect(isStale(feed, note, { now: eventTime(NOW + 24 * HOUR), since })).toBe(false);
    expect(isStale(feed, note, { now: eventTime(NOW + 24 * HOUR + 1), since })).toBe(true);
    expect(isStale(feed, undefined, { now: eventTime(NOW + 25 * HOUR), since })).toBe(true);
  });
});

describe('a feed of MISP', () => {
  const [one, two, three] = ['a', 'b', 'c'].map((mark) => `5f5b3585-ffac-4b7f-a865-fec622c6d03${mark}`);

  it('is walked by its manifest: what is new or changed is asked for, what is gone is given up, a missing event keeps the copy', async () => {
    if (one === undefined || two === undefined || three === undefined) throw new Error('no names');
    const misp = new FakeMisp();
    misp.events.set(one, { timestamp: 100, domains: ['a.example.net'] });
    misp.events.set(two, { timestamp: 100, domains: ['b.example.net', 'c.example.net'] });
    const server = await served(misp);
    const feed = feedOf(`url: '${server.url}/feed/manifest.json', format: misp`);
    const store = new FeedStore(folder);
    const ports = { store, nowMicros: () => NOW };
    const asked = (): readonly string[] =>
      server.asked.splice(0).map(({ path }) => path.replace('/feed/', '').replace('.json', ''));
    expect(await fetchFeed(feed, ports, access)).toEqual({ kind: 'new', rows: 3 });
    expect(asked()).toEqual(['manifest', one, two]);
    expect(await held(feed, store)).toEqual(['a.example.net', 'b.example.net', 'c.example.net']);
    misp.events.set(two, { timestamp: 200, domains: ['c.example.net'] });
    misp.events.set(three, { timestamp: 150, domains: ['d.example.net'] });
    misp.events.delete(one);
    expect(await fetchFeed(feed, ports, access)).toEqual({ kind: 'new', rows: 2 });
    expect(asked()).toEqual(['manifest', two, three]);
    expect(await held(feed, store)).toEqual(['c.example.net', 'd.example.net']);
    misp.events.set(one, { timestamp: 300, domains: ['e.example.net'] });
    misp.missing.add(one);
    expect(await fetchFeed(feed, ports, access)).toEqual({
      kind: 'failed',
      reason: `HTTP 404 of ${one}.json`,
    });
    expect(await held(feed, store)).toEqual(['c.example.net', 'd.example.net']);
  });
});

describe('a feed over TAXII', () => {
  const object = (name: string, minute: number, more = {}) => ({
    id: `indicator--${name}`,
    added: `2026-11-11T00:0${minute}:00.000000Z`,
    modified: `2026-11-11T00:0${minute}:00.000Z`,
    pattern: `[domain-name:value = '${name}.example.net']`,
    ...more,
  });

  it('is read page by page, then from where the last reading ended; what is revoked goes', async () => {
    const taxii = new FakeTaxii();
    taxii.objects.push(...['a', 'b', 'c', 'd', 'e'].map((name, i) => object(name, i + 1)));
    const server = await served(taxii);
    const feed = feedOf(`taxii: {url: '${server.url}/api/', collection: c1}`);
    const store = new FeedStore(folder);
    const ports = { store, nowMicros: () => NOW };
    expect(await fetchFeed(feed, ports, access)).toEqual({ kind: 'new', rows: 5 });
    expect(server.asked).toHaveLength(3);
    expect(await held(feed, store)).toHaveLength(5);
    expect(await fetchFeed(feed, ports, access)).toEqual({ kind: 'same' });
    expect(server.asked.at(-1)?.path).toContain('added_after=2026-11-11T00%3A05%3A00.000000Z');
    taxii.objects.push(object('a', 6, { revoked: true }));
    expect((await fetchFeed(feed, ports, access)).kind).toBe('new');
    expect(await held(feed, store)).toEqual([
      'b.example.net',
      'c.example.net',
      'd.example.net',
      'e.example.net',
    ]);
  });

  it('keeps its last good copy where the server speaks another version', async () => {
    const taxii = new FakeTaxii();
    taxii.objects.push(object('a', 1));
    const server = await served(taxii);
    const feed = feedOf(`taxii: {url: '${server.url}/api/', collection: c1}`);
    const store = new FeedStore(folder);
    const ports = { store, nowMicros: () => NOW };
    await fetchFeed(feed, ports, access);
    taxii.contentType = 'application/json';
    expect((await fetchFeed(feed, ports, access)).kind).toBe('failed');
    expect(await held(feed, store)).toEqual(['a.example.net']);
  });
});
