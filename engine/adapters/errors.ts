import { declareCodes } from '../diagnostic/index.ts';

/** What the world outside can do to us. The examples are shell lines, run in an empty folder. */
export const ADAPTER_CODES = declareCodes({
  TT9001: {
    severity: 'error',
    title: 'No such file or folder',
    explanation: 'A path that was given does not exist. Paths are taken relative to the working folder.',
    failing: 'telltale check no-such-folder',
    fixed: 'telltale init . && telltale check rules',
  },
  TT9002: {
    severity: 'error',
    title: 'A file or folder cannot be read',
    explanation:
      'The operating system refused: missing permission, a broken disk, a device, too many open files. What could be read is still used.',
    failing: 'telltale init . && rm rules/*.yml && mkfifo rules/pipe.yml && telltale check rules/pipe.yml',
    fixed: 'telltale init . && telltale check rules',
  },
  TT9003: {
    severity: 'error',
    title: 'Compressed input is damaged',
    explanation:
      'The file starts like gzip, but ends in the middle of a member or does not unpack. Every event before the damage has been read; what follows is lost.',
    failing:
      'telltale init . && gzip -c events/sample.ndjson | head -c 60 > cut.gz && telltale scan --rules rules cut.gz',
    fixed:
      'telltale init . && gzip -c events/sample.ndjson > whole.gz && telltale scan --rules rules whole.gz',
  },
  TT9004: {
    severity: 'error',
    title: 'A rule file is not UTF-8',
    explanation:
      'Rules are read as UTF-8 text, with or without a byte order mark. This file holds bytes that are none; it was probably saved as UTF-16 or Latin-1.',
    failing: "telltale init . && printf 'title: caf\\351\\n' > rules/latin.yml && telltale check rules",
    fixed: 'telltale init . && telltale check rules',
  },
  TT9005: {
    severity: 'error',
    title: 'A rule file is too large',
    explanation:
      'No rule file of people comes near 8 MiB; such a file is a mistake or an attack, and is not read into memory.',
    failing: 'telltale init . && head -c 9000000 /dev/zero > rules/big.yml && telltale check rules',
    fixed: 'telltale init . && telltale check rules',
  },
  TT9006: {
    severity: 'error',
    title: 'Output cannot be written',
    explanation: 'The folder of an output file is missing, is not writable, or the disk is full.',
    failing:
      'telltale init . && telltale scan --rules rules --format ndjson --output no/such/folder/out.ndjson events/sample.ndjson',
    fixed:
      'telltale init . && telltale scan --rules rules --format ndjson --output out.ndjson events/sample.ndjson',
  },
  TT9007: {
    severity: 'warning',
    title: 'A link leads back to a folder above it',
    explanation: 'Following it would never end; the folder is read once, where it really stands.',
    failing: 'telltale init . && ln -s .. rules/loop && telltale check rules',
    fixed: 'telltale init . && telltale check rules',
  },
  TT9008: {
    severity: 'info',
    title: 'Files of a folder were left out',
    explanation:
      'In a folder, only files named like event logs are read (.json, .jsonl, .ndjson, .log, .txt, each also with .gz). Name a file itself to have it read whatever its name.',
    failing:
      'telltale init . && cp events/sample.ndjson events/copy.evtx && telltale scan --rules rules events',
    fixed: 'telltale init . && telltale scan --rules rules events',
  },
  TT9009: {
    severity: 'error',
    title: 'A configuration file is not YAML',
    explanation:
      'Mappings and value lists are YAML (or JSON, which YAML contains). The message says where the text stops being so.',
    failing:
      "telltale init . && printf 'admins: [root\\n' > lists.yml && telltale scan --rules rules --placeholders lists.yml events/sample.ndjson",
    fixed:
      "telltale init . && printf 'admins: [root]\\n' > lists.yml && telltale scan --rules rules --placeholders lists.yml events/sample.ndjson",
  },
  TT9040: {
    severity: 'error',
    title: 'A file of a feed cannot be read',
    explanation:
      'The file that a feed names is missing, is none, is too large, or leads out of the folder of the feed. The feed lists nothing; other feeds are as they were.',
    failing: `mkdir feeds && ${feed('file: ours.txt')} && telltale intel check feeds`,
    fixed: `mkdir feeds && ${feed('file: ours.txt')} && echo bad.example.net > feeds/ours.txt && telltale intel check feeds`,
  },
  TT9041: {
    severity: 'warning',
    title: 'A feed was never fetched, or not lately',
    explanation:
      'The feed is fetched over the network, and there is no copy of it in the folder of copies, or the copy is older than the feed allows (`stale_after`). Until it is fetched it lists nothing, or what it listed then.',
    failing: `mkdir feeds && ${feed('url: https://feeds.example.com/ours.txt')} && telltale intel check feeds`,
    fixed: `mkdir feeds && ${feed('file: ours.txt')} && echo bad.example.net > feeds/ours.txt && telltale intel check feeds`,
  },
  TT9042: {
    severity: 'warning',
    title: 'A value of a warning list is none',
    explanation:
      'Warning lists name addresses, networks, domains, URLs, digests and e-mail addresses. This value is none of these, so it protects nothing.',
    failing: `mkdir feeds && ${feed('file: ours.txt', 'warning_lists: [{name: ours, values: [our servers]}]')} && echo bad.example.net > feeds/ours.txt && telltale intel check feeds`,
    fixed: `mkdir feeds && ${feed('file: ours.txt', 'warning_lists: [{name: ours, values: [.example.com]}]')} && echo bad.example.net > feeds/ours.txt && telltale intel check feeds`,
  },
});

/** A shell line that writes a feed document, for the examples. */
function feed(...lines: readonly string[]): string {
  const text = [
    'title: Ours',
    'name: ours',
    'level: medium',
    'feed:',
    '  format: plain',
    ...lines.map((line) => `  ${line}`),
  ];
  return `printf '%s\\n' ${text.map((line) => `"${line}"`).join(' ')} > feeds/ours.yml`;
}
