import { describe, expect, it } from 'vitest';
import { DECAY_DEFAULTS, matchedFields } from '../../../engine/intel/index.ts';
import { FEED_READING_CODES, loadRules, readFeed } from '../../../engine/language/index.ts';

function read(text: string) {
  const { rules, diagnostics } = loadRules([{ path: 'feed.yml', text }]);
  const [document] = rules.others;
  if (document === undefined) return { feed: undefined, codes: diagnostics.map(({ code }) => code) };
  const { value, diagnostics: found } = readFeed(document, { decay: DECAY_DEFAULTS, fields: matchedFields });
  return { feed: value, codes: [...diagnostics, ...found].map(({ code }) => code) };
}

const feed = (...lines: readonly string[]): string =>
  `title: Ours\nname: ours\nlevel: medium\nfeed:\n${lines.map((line) => `  ${line}\n`).join('')}`;

describe('codes of reading feeds', () => {
  for (const { code, failing, fixed } of Object.values(FEED_READING_CODES)) {
    it(`${code} is raised by its example and not by its fix`, () => {
      expect(read(failing).codes).toContain(code);
      expect(read(fixed)).toMatchObject({ codes: [], feed: { name: 'ours' } });
    });
  }
});

describe('a feed', () => {
  it('has defaults for what it does not say', () => {
    const { feed: read_ } = read(feed('file: ours.txt', 'format: plain'));
    expect(read_).toMatchObject({
      origin: { kind: 'file', path: 'ours.txt' },
      confidence: 50,
      minConfidence: 1,
      refresh: '0 * * * *',
      decay: {},
      warnings: [],
    });
    expect(read_?.fields).toContain('DestinationIp');
  });

  it('of one type looks into fields of that type only', () => {
    const { feed: read_ } = read(feed('file: ours.txt', 'format: plain', 'type: hash'));
    expect(read_?.fields).toEqual(matchedFields('hash'));
    expect(read_?.fields).not.toContain('DestinationIp');
  });

  it('says lifetime and decay for all types or by type', () => {
    const all = read(feed('file: a.txt', 'format: plain', 'lifetime: 10d', 'decay: 3')).feed;
    expect(all?.decay.ip).toEqual({ lifetime: 10 * 86_400e6, speed: 3 });
    const some = read(feed('file: a.txt', 'format: plain', 'lifetime: {ip: 10d}')).feed;
    expect(some?.decay).toEqual({ ip: { lifetime: 10 * 86_400e6, speed: DECAY_DEFAULTS.ip.speed } });
  });

  const refused: readonly {
    readonly name: string;
    readonly given: readonly string[];
    readonly expect: readonly string[];
  }[] = [
    { name: 'a file by its full path', given: ['file: /etc/passwd', 'format: plain'], expect: ['TT1912'] },
    { name: 'a file on a drive', given: ['file: "C:/x.txt"', 'format: plain'], expect: ['TT1912'] },
    { name: 'another scheme', given: ['url: file:///etc/passwd', 'format: plain'], expect: ['TT1912'] },
    {
      name: 'credentials in an address',
      given: ['url: https://u:p@example.com/x', 'format: plain'],
      expect: ['TT1912'],
    },
    {
      name: 'a warning list from elsewhere',
      given: ['file: a.txt', 'format: plain', 'warning_lists: [{name: x, file: ../x}]'],
      expect: ['TT1912'],
    },
    { name: 'no format', given: ['file: a.txt'], expect: ['TT1913'] },
    {
      name: 'TAXII in another format',
      given: ['taxii: {url: "https://example.com/api/", collection: c1}', 'format: misp'],
      expect: ['TT1913'],
    },
    {
      name: 'a schedule that is none',
      given: ['file: a.txt', 'format: plain', 'refresh: hourly'],
      expect: ['TT1914'],
    },
    {
      name: 'a lifetime of nothing',
      given: ['file: a.txt', 'format: plain', 'lifetime: 0d'],
      expect: ['TT1914'],
    },
    { name: 'a misspelt key', given: ['file: a.txt', 'format: plain', 'lifetme: 1d'], expect: ['TT1105'] },
  ];
  for (const row of refused) {
    it(`is refused with ${row.name}`, () => {
      expect(read(feed(...row.given))).toEqual({ feed: undefined, codes: row.expect });
    });
  }
});
