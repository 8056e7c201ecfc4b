import { readYamlFile } from '../adapters/index.ts';
import { duration, formatDuration } from '../model/index.ts';
import type { DaemonConfig } from '../runtime/index.ts';
import { openConfig } from './daemon-config.ts';
import type { ExitCode } from './exit-code.ts';
import { isPlain } from './plain.ts';
import { print } from './print.ts';
import { refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

/** A setting with its value, and where that is from. */
interface Setting {
  readonly way: readonly (string | number)[];
  readonly value: unknown;
}

/** How settings are called in the file, where that is not how the program calls them. */
const NAMES: Readonly<Record<string, string>> = {
  latenessMicros: 'lateness',
  idleMicros: 'idle',
  skewMicros: 'skew',
  keepMicros: 'keep',
  silentMicros: 'silent',
  diskFreeBytes: 'disk_free',
  ruleShareMax: 'rule_share',
  correlationItems: 'correlation_items',
  pollMs: 'poll',
  everyMs: 'every',
  bodySizeMaxBytes: 'body_max',
  spoolSizeMaxBytes: 'spool',
  messageSizeMaxBytes: 'message_max',
  rotateSizeBytes: 'rotate',
  keepFiles: 'keep',
  callsPerMinute: 'calls_per_minute',
  allowPrivate: 'allow_private',
  offsetMinutes: 'utc_offset',
};
/** Settings that hold secrets, whole or in part. */
const SECRETS: readonly string[] = ['token', 'secret', 'url', 'headers'];

/** Shows every setting; 3 where the configuration is wrong. */
export async function runConfigShow(
  terminal: Terminal,
  {
    config: path,
    state,
    json,
  }: { readonly config?: string; readonly state?: string; readonly json: boolean },
): Promise<ExitCode> {
  const read = await openConfig(terminal, path);
  if (read.value === undefined) return refuse(terminal, read.diagnostics);
  const config: DaemonConfig = state === undefined ? read.value : { ...read.value, state };
  const document = path === undefined ? undefined : (await readYamlFile(path)).documents[0];
  const rows = settingRows(config).map(({ way, setting, value }) => {
    const written = writtenAt(document?.value, way);
    const layer = layerOf(way, { written, state, line: document?.locate(way).line, path });
    return { setting, value, layer };
  });
  const shown = rows.filter(({ value }) => value !== undefined);
  if (json) return print(terminal, `${JSON.stringify(shown, undefined, 2)}\n`);
  const width = Math.max(...shown.map(({ setting }) => setting.length));
  const lines = shown.map(
    ({ setting, value, layer }) =>
      `${setting.padEnd(width)}  ${typeof value === 'string' ? value : JSON.stringify(value)}  (${layer})`,
  );
  return print(terminal, `${lines.map((line) => visible(line.replaceAll(/[\n\t]/g, ' '))).join('\n')}\n`);
}

/** Every setting by its name in the file, secrets masked. */
export function settingRows(
  config: DaemonConfig,
): readonly { readonly way: Setting['way']; readonly setting: string; readonly value: unknown }[] {
  return settingsOf(config).map(({ way, value }) => {
    const secret = way.some((step) => typeof step === 'string' && SECRETS.includes(step));
    return { way, setting: way.join('.'), value: secret && value !== undefined ? '***' : value };
  });
}

function layerOf(
  way: Setting['way'],
  given: {
    readonly written: unknown;
    readonly state: string | undefined;
    readonly line: number | undefined;
    readonly path: string | undefined;
  },
): string {
  const { written, state, line, path } = given;
  if (way.length === 1 && way[0] === 'state' && state !== undefined) return 'option --state';
  if (written === undefined) return 'default';
  const at = `${path}:${line ?? 1}`;
  const [, kind, name] = typeof written === 'string' ? (/\$\{(env|file):([^}]+)\}/.exec(written) ?? []) : [];
  if (kind === 'env') return `environment ${name}, by ${at}`;
  return kind === 'file' ? `file ${name}, by ${at}` : `file ${at}`;
}

/** What the file says at a place; undefined where it says nothing there. */
function writtenAt(root: unknown, way: Setting['way']): unknown {
  let at = root;
  for (const step of way) {
    if (Array.isArray(at)) at = at[Number(step)];
    else if (isPlain(at) && Object.hasOwn(at, step)) at = at[step];
    else return undefined;
  }
  return at;
}

function settingsOf(config: DaemonConfig): readonly Setting[] {
  const { sources, outputs, api, ...rest } = config;
  const { stated: _, ...shownApi } = api;
  return [
    ...settings(rest, []),
    ...sources.flatMap((source, i) => settings(source, ['sources', i])),
    ...outputs.flatMap((output, i) => settings(output, ['outputs', i])),
    ...settings(shownApi, ['api']),
  ];
}

/** The settings of a part, each as it would be written. */
function settings(part: object, way: Setting['way']): readonly Setting[] {
  const all = new Map(Object.entries(part));
  const found: Setting[] = [];
  if (all.has('host') && all.has('port')) {
    const host = String(all.get('host'));
    const key = all.get('type') === 'syslog' && way[0] === 'outputs' ? 'to' : 'listen';
    const value = `${host.includes(':') ? `[${host}]` : host}:${String(all.get('port'))}`;
    found.push({ way: [...way, key], value });
  }
  for (const [key, value] of all) {
    if (key === 'host' || key === 'port') continue;
    const name = NAMES[key] ?? key;
    const here = [...way, name];
    if (key === 'tokens' && Array.isArray(value))
      found.push(...value.flatMap((one, i) => (isPlain(one) ? settings(one, [...here, i]) : [])));
    else if (key === 'headers' || !isPlain(value)) found.push({ way: here, value: written(key, value) });
    else found.push(...settings(value, key === 'tls' ? way : here));
  }
  return found;
}

function written(key: string, value: unknown): unknown {
  if (typeof value !== 'number')
    return key === 'headers' && isPlain(value) && Object.keys(value).length === 0 ? undefined : value;
  if (key.endsWith('Micros')) return formatDuration(duration(value));
  if (key.endsWith('Ms')) return formatDuration(duration(value * 1000));
  if (key === 'offsetMinutes') {
    const [hours, minutes] = [Math.floor(Math.abs(value) / 60), Math.abs(value) % 60];
    return `${value < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  }
  if (!key.endsWith('Bytes')) return value;
  const units = [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const;
  const [unit, size] = units.find(([, one]) => value >= one && value % one === 0) ?? ['B', 1];
  return `${value / size}${unit}`;
}
