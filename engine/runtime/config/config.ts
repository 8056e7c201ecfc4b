import type { ObservedLimits } from '../daemon/observed-memory.ts';
import type { ApiConfig } from './api-config.ts';
import type { LogConfig } from './log-config.ts';

/** A feed, as configured. `name` is unique among sources; the type's name where none is given. */
export type SourceConfig = { readonly name: string; readonly logsource: 'any' | LogsourceConfig } & (
  | { readonly type: 'stdin' }
  | { readonly type: 'file'; readonly path: string; readonly from: 'start' | 'end'; readonly pollMs: number }
  | {
      readonly type: 'http';
      readonly host: string;
      readonly port: number;
      readonly token: string | undefined;
      readonly bodySizeMaxBytes: number;
      readonly spoolSizeMaxBytes: number;
    }
  | {
      readonly type: 'syslog';
      readonly protocol: 'udp' | 'tcp' | 'tls';
      readonly host: string;
      readonly port: number;
      /** Networks whose senders are heard; all where there is none. */
      readonly allow: readonly string[];
      readonly messageSizeMaxBytes: number;
      readonly spoolSizeMaxBytes: number;
      /** What times without a zone are meant in: minutes east of UTC. */
      readonly offsetMinutes: number;
      readonly tls: TlsConfig | undefined;
    }
);

/** What a listener for TLS needs, as PEM texts. */
export interface TlsConfig {
  readonly certificate: string;
  readonly key: string;
  /** Only senders whose certificate it has signed are heard. */
  readonly authority?: string;
}

/** What events of no known schema are. */
export interface LogsourceConfig {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

/** The forms in which alerts and incidents can be written. */
export const BODY_FORMATS = ['ndjson', 'csv', 'ocsf', 'ecs', 'stix', 'cef', 'leef', 'markdown'] as const;
export type BodyFormat = (typeof BODY_FORMATS)[number];

/** A receiver, as configured. `name` is unique among outputs, and what policies route to. */
export type OutputConfig = {
  readonly name: string;
  /** What it sees where no policy says otherwise; `routed` only what a policy sends it. */
  readonly sees: 'all' | 'alerts' | 'incidents' | 'routed';
  /** The least severity it sees. */
  readonly severity: 'informational' | 'low' | 'medium' | 'high';
  readonly callsPerMinute: number;
} & (
  | { readonly type: 'stdout'; readonly format: BodyFormat }
  | {
      readonly type: 'file';
      readonly path: string;
      readonly format: BodyFormat;
      readonly rotateSizeBytes: number;
      readonly keepFiles: number;
    }
  | {
      readonly type: 'webhook' | 'slack' | 'teams';
      readonly url: string;
      readonly secret: string | undefined;
      readonly headers: Readonly<Record<string, string>>;
      readonly template: string | undefined;
      readonly allowPrivate: boolean;
    }
  | {
      readonly type: 'alertmanager';
      readonly url: string;
      readonly token: string | undefined;
      readonly allowPrivate: boolean;
    }
  | {
      readonly type: 'syslog';
      readonly protocol: 'udp' | 'tcp' | 'tls';
      readonly host: string;
      readonly port: number;
      readonly format: 'cef' | 'leef' | 'ndjson';
      readonly authority: string | undefined;
      readonly allowPrivate: boolean;
    }
  | {
      readonly type: 'heartbeat';
      readonly url: string;
      readonly everyMs: number;
      readonly allowPrivate: boolean;
    }
);

/** How one feed may be fetched. */
export interface FeedAccessConfig {
  readonly allowPrivate: boolean;
  /** Sent with every request, by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Where what is known of addresses, assets and people comes from. */
export interface EnrichConfig {
  /** Inventories: CSV, or YAML with `assets:`. */
  readonly assets: readonly string[];
  /** Directories: CSV, or YAML with `identities:`. */
  readonly identities: readonly string[];
  /** MaxMind DB files, the best first. */
  readonly geo: readonly string[];
  /** Whether countries come from the package of public data where it is installed. */
  readonly countries: boolean;
}

/** The daemon's configuration, whole: every setting has a value. Paths are as given, relative to the working folder. */
export interface DaemonConfig {
  readonly rules: readonly string[];
  readonly placeholders: readonly string[];
  readonly mappings: readonly string[];
  /** The folder of what baselines have learnt; where there is none, they begin knowing nobody. */
  readonly learned: string | undefined;
  /** What policies can ask about besides: a facts file, or an inventory of assets as CSV. */
  readonly facts: string | undefined;
  /** What events and cases are enriched with; nothing where absent. */
  readonly enrich: EnrichConfig | undefined;
  readonly state: string;
  readonly threads: number;
  readonly sources: readonly SourceConfig[];
  readonly outputs: readonly OutputConfig[];
  /** By feed of threat intelligence: how it may be fetched, which no rule can say. */
  readonly feeds: Readonly<Record<string, FeedAccessConfig>>;
  /** What is remembered of events for indicators that come later. */
  readonly retro: ObservedLimits;
  readonly time: {
    readonly latenessMicros: number;
    readonly idleMicros: number;
    readonly skewMicros: number;
  };
  /** What is held in memory at most. */
  readonly limits: {
    /** Groups and signals of all correlations together. */
    readonly correlationItems: number;
  };
  /** How long alerts, incidents, the audit log and dead letters are kept that nobody touches, and when old ones are purged. */
  readonly retention: { readonly keepMicros: number; readonly schedule: string };
  readonly api: ApiConfig;
  readonly log: LogConfig;
  /** From when on something is wrong with the engine itself. */
  readonly watch: {
    readonly silentMicros: number;
    readonly diskFreeBytes: number;
    /** Of one processor, that a rule may take; 0: any. */
    readonly ruleShareMax: number;
  };
  /** How changed rules are loaded. */
  readonly reload: {
    /** Whether files are watched; without, only on request. */
    readonly watch: boolean;
    /** Files must stand still for so long. */
    readonly settleMs: number;
    /** They are looked at so often, whatever the watcher says. */
    readonly pollMs: number;
    /** Recent events that new rules are tried on; 0: they are not. */
    readonly canaryEvents: number;
    /** How long new rules are watched. */
    readonly probationMs: number;
    /** So many times the alerts, or the time, of the rules before is a jump: then new rules are not taken, or taken back. 0: never. */
    readonly jumpFactor: number;
  };
}
