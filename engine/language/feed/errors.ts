import { declareCodes } from '../../diagnostic/index.ts';

/** A small feed around what its block says, for the examples. */
function feed(...lines: readonly string[]): string {
  return `title: Our block list\nname: ours\nlevel: medium\nfeed:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

const GOOD = feed('file: ours.txt', 'format: plain');

/** Every code of reading a feed. Examples are whole rule files. */
export const FEED_READING_CODES = declareCodes({
  TT1911: {
    severity: 'error',
    title: 'A feed that does not come from exactly one place',
    explanation:
      'A feed has exactly one of `file`, `url` and `taxii`. Two feeds that belong together are two documents; a rule asks for both with a list.',
    failing: feed('file: ours.txt', 'url: https://example.com/ours.txt', 'format: plain'),
    fixed: GOOD,
  },
  TT1912: {
    severity: 'error',
    title: 'A feed names a place that it cannot be read from',
    explanation:
      'A file is named from the folder of the feed document and lies in it or below: rules come from Git, and must not read what else is on the machine. A URL is one of https or http without a user or password; credentials are the configuration of the operator.',
    failing: feed('file: ../../etc/passwd', 'format: plain'),
    fixed: GOOD,
  },
  TT1913: {
    severity: 'error',
    title: 'A feed without what its format needs',
    explanation:
      '`csv` and `json` need a `mapping` that says at least where the value is; `plain`, `stix` and `misp` say it themselves and take none. TAXII gives STIX. A format is needed for files and URLs.',
    failing: feed('file: ours.csv', 'format: csv'),
    fixed: feed('file: ours.csv', 'format: csv', 'mapping: {value: ioc}'),
  },
  TT1914: {
    severity: 'error',
    title: 'A time span or schedule of a feed that cannot be read',
    explanation:
      '`lifetime`, `jitter` and `stale_after` are time spans such as 30d or 12h above zero; `refresh` is a cron expression of five fields: minute, hour, day, month, weekday.',
    failing: feed('file: ours.txt', 'format: plain', 'lifetime: soon'),
    fixed: feed('file: ours.txt', 'format: plain', 'lifetime: 30d'),
  },
  TT1915: {
    severity: 'error',
    title: 'A feed whose own rule has nothing to look at',
    explanation:
      '`match` is `all`, `none`, or a list of fields. With `none` the feed fires nothing by itself, and other rules ask for it by `field|intel: name`.',
    failing: feed('file: ours.txt', 'format: plain', 'match: everything'),
    fixed: feed('file: ours.txt', 'format: plain', 'match: all'),
  },
});
