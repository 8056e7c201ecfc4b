import { type Checked, type Diagnostic, hasErrors, type Place } from '../../diagnostic/index.ts';
import { OBSERVED_LIMITS } from '../daemon/observed-memory.ts';
import { RUNTIME_CODES } from '../errors.ts';
import { readApi } from './api-config.ts';
import { readTemplate } from './body-template.ts';
import type { DaemonConfig, OutputConfig, SourceConfig, TlsConfig } from './config.ts';
import { schemaFindings } from './config-findings.ts';
import { readLog } from './log-config.ts';
import {
  address,
  bytes,
  isAddress,
  isLoopback,
  isPlain,
  list,
  logsourceOf,
  micros,
  number,
  offset,
  oneOf,
  type Plain,
  part,
  protocolOf,
  text,
  texts,
  type Way,
} from './plain.ts';
import { readEnrich } from './read-enrich.ts';
import { readFeedAccess } from './read-feeds.ts';

/** What reading a configuration needs from outside. */
export interface ConfigPorts {
  /** Where the part stands that keys and indexes lead to. */
  readonly locate: (way: readonly (string | number)[]) => Place;
  /** The text behind `${env:NAME}` or `${file:PATH}`; undefined where there is none. */
  readonly secret: (kind: 'env' | 'file', name: string) => string | undefined;
  /** Whether a text is a cron expression. */
  readonly isSchedule: (text: string) => boolean;
  readonly processors: number;
  /** Standard input is a pipe or a file. */
  readonly piped: boolean;
  /** The rules that come with the package. */
  readonly defaultRules: readonly string[];
}

const DAY = 86_400_000_000;
/** What a rule set of the usual size needs, with room to spare. */
const CORRELATION_ITEMS = 200_000;

/** Reads a configuration from its parsed YAML (undefined: no file). Reports TT7010 … TT7013; there is a value only where none is an error. */
export function readConfig(value: unknown, ports: ConfigPorts): Checked<DaemonConfig> {
  const reader = new ConfigReader(ports);
  const config = reader.read(value ?? {});
  return config === undefined || hasErrors(reader.diagnostics)
    ? { value: undefined, diagnostics: reader.diagnostics }
    : { value: config, diagnostics: reader.diagnostics };
}

class ConfigReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #ports: ConfigPorts;

  constructor(ports: ConfigPorts) {
    this.#ports = ports;
  }

  read(value: unknown): DaemonConfig | undefined {
    if (!this.#valid(value) || !isPlain(value)) return undefined;
    const [time, retention, reload, watch, limits, retro] = [
      'time',
      'retention',
      'reload',
      'watch',
      'limits',
      'retro',
    ].map((key) => part(value, key));
    return {
      rules: texts(value, 'rules') ?? this.#ports.defaultRules,
      placeholders: texts(value, 'placeholders') ?? [],
      mappings: texts(value, 'mappings') ?? [],
      learned: text(value, 'learned'),
      facts: text(value, 'facts'),
      enrich: readEnrich(value),
      state: text(value, 'state') ?? './telltale-state',
      threads: number(value, 'threads') ?? Math.max(1, this.#ports.processors - 1),
      sources: this.#sources(value),
      outputs: this.#outputs(value),
      feeds: readFeedAccess(value, (given, way) => this.#headers(given, way)),
      retro: {
        days: Math.ceil(micros(retro, 'keep', '7d') / DAY),
        valuesPerDay: number(retro, 'values_per_day') ?? OBSERVED_LIMITS.valuesPerDay,
        bytesPerDay: bytes(retro ?? {}, 'size_per_day', '32MiB'),
      },
      time: {
        latenessMicros: micros(time, 'lateness', '10s'),
        idleMicros: micros(time, 'idle', '1m'),
        skewMicros: micros(time, 'skew', '5m'),
      },
      limits: { correlationItems: number(limits, 'correlation_items') ?? CORRELATION_ITEMS },
      retention: {
        keepMicros: micros(retention, 'keep', '90d'),
        schedule: this.#schedule(retention),
      },
      watch: {
        silentMicros: micros(watch, 'silent', '1h'),
        diskFreeBytes: bytes(watch ?? {}, 'disk_free', '512MiB'),
        ruleShareMax: number(watch, 'rule_share') ?? 0.25,
      },
      reload: {
        watch: reload?.['watch'] !== false,
        settleMs: micros(reload, 'settle', '300ms') / 1000,
        pollMs: micros(reload, 'poll', '10s') / 1000,
        canaryEvents: number(reload, 'canary_events') ?? 20_000,
        probationMs: micros(reload, 'probation', '5m') / 1000,
        jumpFactor: number(reload, 'jump') ?? 10,
      },
      log: readLog(value),
      api: readApi(value, {
        secret: (given, key, way) => this.#secret(given, key, way),
        wrong: (way, message, hint) => this.diagnostics.push(this.#at(way, 'TT7011', { message, hint })),
      }),
    };
  }

  #valid(value: unknown): boolean {
    const found = schemaFindings(value, (way, code, said) => this.#at(way, code, said));
    this.diagnostics.push(...found);
    return found.length === 0;
  }

  #sources(value: Plain): readonly SourceConfig[] {
    const given = list(value, 'sources');
    if (given === undefined) {
      const http: SourceConfig = this.#source({ type: 'http' }, ['sources', 0]);
      return this.#ports.piped ? [http, { name: 'stdin', logsource: 'any', type: 'stdin' }] : [http];
    }
    return this.#named(
      given.map((one, i) => this.#source(one, ['sources', i])),
      'sources',
    );
  }

  #source(given: Plain, way: Way): SourceConfig {
    const type = text(given, 'type') ?? '';
    const common = { name: text(given, 'name') ?? type, logsource: logsourceOf(given['logsource']) };
    const spoolSizeMaxBytes = bytes(given, 'spool', '1GiB');
    switch (type) {
      case 'file':
        return {
          ...common,
          type,
          path: text(given, 'path') ?? '',
          from: given['from'] === 'end' ? 'end' : 'start',
          pollMs: micros(given, 'poll', '500ms') / 1000,
        };
      case 'http': {
        const token = this.#secret(given, 'token', way);
        const at = address(text(given, 'listen') ?? '127.0.0.1:9200');
        if (token === undefined && given['token'] === undefined && !isLoopback(at.host)) {
          const hint = 'add `token: "${env:TELLTALE_INGEST_TOKEN}"`, or listen on 127.0.0.1';
          this.diagnostics.push(
            this.#at([...way, 'listen'], 'TT7013', {
              message: `without a token ${at.host} must not be listened on`,
              hint,
            }),
          );
        }
        return {
          ...common,
          type,
          ...at,
          token,
          bodySizeMaxBytes: bytes(given, 'body_max', '16MiB'),
          spoolSizeMaxBytes,
        };
      }
      case 'syslog': {
        const protocol = protocolOf(given['protocol']);
        return {
          ...common,
          type,
          protocol,
          ...address(text(given, 'listen') ?? '127.0.0.1:5514'),
          allow: this.#networks(given, way),
          messageSizeMaxBytes: bytes(given, 'message_max', '64KiB'),
          spoolSizeMaxBytes,
          offsetMinutes: offset(text(given, 'utc_offset') ?? '+00:00'),
          tls: protocol === 'tls' ? this.#tls(given, way) : undefined,
        };
      }
      default:
        return { ...common, type: 'stdin' };
    }
  }

  #networks(given: Plain, way: Way): readonly string[] {
    const allow = texts(given, 'allow') ?? [];
    for (const [i, one] of allow.entries()) {
      if (isAddress(one.split('/')[0] ?? '')) continue;
      const message = `'${one}' is neither an address nor a network`;
      this.diagnostics.push(
        this.#at([...way, 'allow', i], 'TT7011', { message, hint: 'write it like 10.0.0.0/8' }),
      );
    }
    return allow;
  }

  #tls(given: Plain, way: Way): TlsConfig {
    const pem = (name: string): string | undefined => {
      const path = text(given, name);
      const found = path === undefined ? undefined : this.#ports.secret('file', path);
      if (path !== undefined && (found === undefined || found === '')) {
        this.diagnostics.push(
          this.#at([...way, name], 'TT7012', {
            message: `${path} leads to nothing`,
            hint: 'name a PEM file that this user can read',
          }),
        );
      }
      return found;
    };
    const [certificate, key, authority] = [pem('certificate'), pem('key'), pem('authority')];
    if (text(given, 'certificate') === undefined || text(given, 'key') === undefined) {
      const message = 'TLS needs a `certificate` and a `key`';
      const hint = 'name two PEM files: certificate: server.pem, key: server.key';
      this.diagnostics.push(this.#at([...way, 'protocol'], 'TT7011', { message, hint }));
    }
    return {
      certificate: certificate ?? '',
      key: key ?? '',
      ...(authority === undefined ? {} : { authority }),
    };
  }

  #outputs(value: Plain): readonly OutputConfig[] {
    const given = list(value, 'outputs') ?? [{ type: 'stdout' }];
    return this.#named(
      given.map((one, i) => this.#output(one, ['outputs', i])),
      'outputs',
    );
  }

  #output(given: Plain, way: Way): OutputConfig {
    const type = text(given, 'type') ?? 'stdout';
    const common = {
      name: text(given, 'name') ?? type,
      sees: oneOf(given['sees'], ['all', 'alerts', 'incidents', 'routed'], 'all'),
      severity: oneOf(given['severity'], ['informational', 'low', 'medium', 'high'], 'low'),
      callsPerMinute: number(given, 'calls_per_minute') ?? 0,
    };
    const format = oneOf(
      given['format'],
      ['ndjson', 'csv', 'ocsf', 'ecs', 'stix', 'cef', 'leef', 'markdown'],
      'ndjson',
    );
    if (format === 'csv' && common.sees !== 'alerts' && common.sees !== 'incidents') {
      const message = 'a CSV holds rows of one kind, and this output sees both';
      const hint = 'add `sees: alerts` or `sees: incidents`';
      this.diagnostics.push(this.#at([...way, 'format'], 'TT7011', { message, hint }));
    }
    const allowPrivate = given['allow_private'] === true;
    const url = (): string => this.#secret(given, 'url', way) ?? '';
    switch (type) {
      case 'file':
        return {
          ...common,
          type,
          path: text(given, 'path') ?? '',
          format,
          rotateSizeBytes: bytes(given, 'rotate', '64MiB'),
          keepFiles: number(given, 'keep') ?? 10,
        };
      case 'webhook':
      case 'slack':
      case 'teams':
        return {
          ...common,
          type,
          url: url(),
          secret: this.#signing(given, way),
          headers: this.#headers(given, way),
          template: this.#template(given, way),
          allowPrivate,
        };
      case 'alertmanager':
        return { ...common, type, url: url(), token: this.#secret(given, 'token', way), allowPrivate };
      case 'syslog':
        return {
          ...common,
          type,
          ...address(text(given, 'to') ?? ''),
          protocol: protocolOf(given['protocol']),
          format: oneOf(given['format'], ['cef', 'leef', 'ndjson'], 'cef'),
          authority: text(given, 'authority'),
          allowPrivate,
        };
      case 'heartbeat':
        return { ...common, type, url: url(), everyMs: micros(given, 'every', '1m') / 1000, allowPrivate };
      default:
        return { ...common, type: 'stdout', format };
    }
  }

  /** The secrets that sign: base64 of at least 24 bytes behind `whsec_` (Standard Webhooks 1.0); a shorter one is no secret. */
  #signing(given: Plain, way: Way): string | undefined {
    const secret = this.#secret(given, 'secret', way);
    if (secret === undefined || secret === '') return undefined;
    const good = secret
      .trim()
      .split(/\s+/)
      .every((one) => /^(?:whsec_)?[A-Za-z0-9+/]{32,88}={0,2}$/.test(one));
    if (!good) {
      const hint = 'make one: echo whsec_$(openssl rand -base64 32)';
      const message = 'the secret is no base64 of 24 to 64 bytes behind whsec_';
      this.diagnostics.push(this.#at([...way, 'secret'], 'TT7011', { message, hint }));
    }
    return secret;
  }

  #template(given: Plain, way: Way): string | undefined {
    const template = text(given, 'template');
    const read = template === undefined ? undefined : readTemplate(template);
    if (read !== undefined && 'problem' in read) {
      const hint = read.hint === undefined ? {} : { hint: read.hint };
      this.diagnostics.push(this.#at([...way, 'template'], 'TT7011', { message: read.problem, ...hint }));
    }
    return template;
  }

  #headers(given: Plain, way: Way): Readonly<Record<string, string>> {
    const headers = part(given, 'headers') ?? {};
    const read = Object.keys(headers).map(
      (key) => [key, this.#secret(headers, key, [...way, 'headers']) ?? ''] as const,
    );
    return Object.fromEntries(read);
  }

  #schedule(retention: Plain | undefined): string {
    const written = text(retention, 'schedule') ?? '17 3 * * *';
    if (!this.#ports.isSchedule(written)) {
      const hint = 'write minute, hour, day of the month, month and day of the week: 17 3 * * *';
      const message = `'${written}' is no schedule as cron writes it`;
      this.diagnostics.push(this.#at(['retention', 'schedule'], 'TT7011', { message, hint }));
    }
    return written;
  }

  /** The text of a key with its references filled in. One that leads nowhere is an error (TT7012). */
  #secret(given: Plain, key: string, way: Way): string | undefined {
    const written = text(given, key);
    return written?.replace(/\$\{(env|file):([^}]+)\}/g, (whole, kind: string, name: string) => {
      const found = this.#ports.secret(kind === 'env' ? 'env' : 'file', name);
      if (found !== undefined && found !== '') return found;
      const hint =
        kind === 'env'
          ? `export ${name}=… before the start`
          : `put it into ${name}, readable for this user alone`;
      this.diagnostics.push(
        this.#at([...way, key], 'TT7012', { message: `${whole} leads to nothing`, hint }),
      );
      return '';
    });
  }

  #named<T extends { readonly name: string }>(all: readonly T[], key: string): readonly T[] {
    const seen = new Set<string>();
    for (const [i, { name }] of all.entries()) {
      if (seen.has(name)) {
        const hint = `give one of them another \`name\``;
        this.diagnostics.push(
          this.#at([key, i], 'TT7011', { message: `two of ${key} are called '${name}'`, hint }),
        );
      }
      seen.add(name);
    }
    return all;
  }

  #at(
    way: Way,
    code: keyof typeof RUNTIME_CODES,
    said: { readonly message: string; readonly hint?: string },
  ): Diagnostic {
    const { severity } = RUNTIME_CODES[code];
    return { code, severity, at: this.#ports.locate(way), ...said };
  }
}
