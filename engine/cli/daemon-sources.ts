import { join } from 'node:path';
import {
  FILE_SOURCE_DEFAULTS,
  FileSource,
  HTTP_RECEIVER_DEFAULTS,
  HttpReceiver,
  SPOOL_LIMITS,
  SpooledSource,
  StdinSource,
  SYSLOG_RECEIVER_DEFAULTS,
  SyslogReceiver,
  systemClock,
} from '../adapters/index.ts';
import type { Logsource } from '../model/index.ts';
import type { DaemonConfig, FaultPoint, SourceConfig, SourcePort } from '../runtime/index.ts';
import type { Terminal } from './terminal.ts';

const RECORD_MAX_BYTES = 1 << 20;

/** What sources are made with. */
export interface SourceContext {
  readonly config: DaemonConfig;
  readonly terminal: Terminal;
  /** Files end when they have been read, instead of being followed. */
  readonly once: boolean;
  /** Named points at which a test may end the process. */
  readonly fault?: ((point: FaultPoint) => void) | undefined;
}

/** Tokens of the API's list that may send events, wherever a source asks for a token. */
function ingestTokens({ api }: DaemonConfig): readonly string[] {
  return api.tokens.filter(({ role }) => role === 'ingest').map(({ token }) => token);
}

/** The source that a part of the configuration describes. */
export function sourceOf(source: SourceConfig, { config, terminal, once, fault }: SourceContext): SourcePort {
  const { name } = source;
  const faultOf = fault === undefined ? {} : { fault };
  switch (source.type) {
    case 'stdin':
      return new StdinSource({ name, lineMaxBytes: RECORD_MAX_BYTES }, terminal.stdin, systemClock);
    case 'file': {
      const { path, from, pollMs } = source;
      return new FileSource({ ...FILE_SOURCE_DEFAULTS, name, path, from, pollMs, once }, systemClock);
    }
    case 'http': {
      const { host, port, token, bodySizeMaxBytes, spoolSizeMaxBytes } = source;
      const receiver = new HttpReceiver({
        ...HTTP_RECEIVER_DEFAULTS,
        host,
        port,
        bodySizeMaxBytes,
        tokens: token === undefined ? [] : [token, ...ingestTokens(config)],
      });
      const limits = { ...SPOOL_LIMITS, sizeMaxBytes: spoolSizeMaxBytes, ...faultOf };
      return new SpooledSource(
        { name, folder: join(config.state, 'spool', name), limits },
        receiver,
        systemClock,
      );
    }
    case 'syslog': {
      const { protocol, host, port, allow, messageSizeMaxBytes, offsetMinutes, spoolSizeMaxBytes } = source;
      const receiver = new SyslogReceiver(
        {
          ...SYSLOG_RECEIVER_DEFAULTS,
          protocol,
          host,
          port,
          allow,
          messageSizeMaxBytes,
          offsetMinutes,
          ...(source.tls === undefined ? {} : { tls: source.tls }),
        },
        systemClock,
      );
      const limits = { ...SPOOL_LIMITS, sizeMaxBytes: spoolSizeMaxBytes, ...faultOf };
      return new SpooledSource(
        { name, folder: join(config.state, 'spool', name), limits },
        receiver,
        systemClock,
      );
    }
    default:
      return source satisfies never;
  }
}

/** What events of no known schema are, by source, where it is said. */
export function logsourcesOf({ sources }: DaemonConfig): Readonly<Record<string, Logsource>> {
  return Object.fromEntries(
    sources.flatMap(({ name, logsource }) => (logsource === 'any' ? [] : [[name, logsource] as const])),
  );
}
