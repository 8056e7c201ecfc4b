import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode, examineState, freeBytes, systemClock } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { duration, eventTime, formatDuration, formatTime } from '../model/index.ts';
import type { Look, Patient } from './doctor-run.ts';
import { refusal } from './refusal.ts';
import { words } from './state-copy-run.ts';
import { stateFinding } from './state-trouble.ts';

/** Looks whether the database is whole, and of a version that this program knows; it may be in use meanwhile. */
export function lookAtState({ config, running }: Patient): Look {
  const path = join(config.state, 'telltale.db');
  if (!existsSync(path)) return { detail: `${config.state}: there is none yet`, findings: [] };
  try {
    const summary = examineState(path);
    const used = running ? 'a daemon works with it' : 'no daemon works with it';
    return { detail: `${path}: ${words(summary)}; ${used}`, findings: asides(config.state) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const finding = stateFinding(error, path) ?? refusal('TT8083', `${path} cannot be read: ${reason}`);
    return { detail: path, findings: [finding] };
  }
}

/** Databases that were set aside because they were not whole: somebody should look at them. */
function asides(folder: string): readonly Diagnostic[] {
  const found = readdirSync(folder).filter((name) => /\.db\.corrupt-\d+$/.test(name));
  if (found.length === 0) return [];
  const hint = 'look why (a failing disk?), then remove it';
  return [
    {
      ...refusal('TT8083', `${found.join(', ')}: a database that was not whole was set aside here`, hint),
      severity: 'warning',
    },
  ];
}

/** Looks whether there is room, by the configuration's own bound and for what spools may hold. */
export function lookAtDisk({ config }: Patient): Look {
  const folder = standing(config.state);
  const free = freeBytes(folder);
  if (free === undefined) return { detail: `${folder}: the system does not say`, findings: [] };
  const spools = config.sources.reduce(
    (sum, source) => sum + ('spoolSizeMaxBytes' in source ? source.spoolSizeMaxBytes : 0),
    0,
  );
  const detail = `${folder}: ${mebibytes(free)} are free; spools may take ${mebibytes(spools)}`;
  const least = config.watch.diskFreeBytes;
  if (free < least) {
    const hint = 'make room, lower `retention.keep`, or lower `watch.disk_free`';
    return {
      detail,
      findings: [refusal('TT8086', `${mebibytes(free)} are free, ${mebibytes(least)} are wanted`, hint)],
    };
  }
  if (free >= spools) return { detail, findings: [] };
  const hint = 'make room, or lower `spool` of the sources';
  const message = `the spools may grow to ${mebibytes(spools)}, and ${mebibytes(free)} are free`;
  return { detail, findings: [{ ...refusal('TT8086', message, hint), severity: 'warning' }] };
}

/** So far a clock may be off without anybody noticing. */
const CLOCK_MAX_MICROS = 60e6;
/** A clock before this was never set: the year in which this was written. */
const WRITTEN_MICROS = Date.UTC(2026, 0, 1) * 1000;

/** Looks whether the clock stands behind what was written by it before. */
export function lookAtClock({ config }: Patient): Look {
  const now = systemClock.nowMicros();
  const detail = formatTime(eventTime(now));
  if (now < WRITTEN_MICROS) {
    const hint = 'set it, and keep it set: systemctl enable --now systemd-timesyncd';
    return { detail, findings: [refusal('TT8090', `the clock says ${detail}`, hint)] };
  }
  const path = join(config.state, 'telltale.db');
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  let newest = written === undefined ? 0 : written * 1000;
  try {
    if (written !== undefined) newest = Math.max(newest, examineState(path).newestAt ?? 0);
  } catch {
    // `lookAtState` says it.
  }
  if (newest - now <= CLOCK_MAX_MICROS) return { detail, findings: [] };
  const hint = 'set the clock; alerts of the time until then would be dated before older ones';
  const ahead = formatDuration(duration(Math.floor((newest - now) / 1e6) * 1e6));
  return {
    detail,
    findings: [refusal('TT8090', `the state was written ${ahead} ahead of what the clock says now`, hint)],
  };
}

/** Looks who else may read or change what is private, and whether this user may write. */
export function lookAtPermissions({ config, configPath }: Patient): Look {
  const findings: Diagnostic[] = [];
  const { state } = config;
  const tell = (message: string, hint: string): void => {
    findings.push(refusal('TT8089', message, hint));
  };
  if (othersMay(state, 0o022)) tell(`others may write in ${state}`, `chmod 700 ${state}`);
  for (const name of ['admin.token', 'tokens.json', 'telltale.db']) {
    const path = join(state, name);
    // Who cannot enter the folder cannot read what is in it.
    if (othersMay(state, 0o011) && othersMay(path, 0o044))
      tell(`others may read ${path}`, `chmod 600 ${path}`);
  }
  for (const path of secretFiles(configPath))
    if (othersMay(path, 0o044)) tell(`others may read ${path}, which holds a secret`, `chmod 600 ${path}`);
  if (configPath !== undefined && othersMay(configPath, 0o022))
    tell(`others may change ${configPath}`, `chmod go-w ${configPath}`);
  const folder = standing(state);
  if (!isWritable(folder))
    findings.push(
      refusal('TT8092', `${folder} cannot be written by this user`, `give it to whom \`run\` runs as`),
    );
  return { detail: `${state}, and what is private in it`, findings };
}

/** Files that `${file:…}` of a configuration names, and the configuration itself where a secret stands in it. */
function secretFiles(path: string | undefined): readonly string[] {
  if (path === undefined || !existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const named = [...text.matchAll(/\$\{file:([^}]+)\}/g)].map(([, name]) => name ?? '');
  const inClear = /^[^#\n]*\b(?:token|secret)\s*:\s*["']?(?!["']?\$\{)[^\s"',}{[\]#]{8}/m.test(text);
  return inClear ? [...named, path] : named;
}

function othersMay(path: string, mask: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & mask) !== 0;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    return errorCode(error) === 'ENOENT';
  }
}

/** The folder, or the nearest above it that stands. */
export function standing(folder: string): string {
  for (let at = resolve(folder); ; at = dirname(at)) if (existsSync(at) || dirname(at) === at) return at;
}

function mebibytes(size: number): string {
  return `${Math.round(size / 2 ** 20)} MiB`;
}
