import { address, isPlain, list, oneOf, type Plain, part, text, texts, type Way } from './plain.ts';

/**
 * What somebody who comes with a token may do. Each of the first four may do what the one before it may: `reader` sees, `analyst` decides and
 * silences, `engineer` reloads rules and replays dead letters, `admin` reads the audit log. `ingest` sees nothing: it only sends events.
 */
export const API_ROLES = ['reader', 'analyst', 'engineer', 'admin', 'ingest'] as const;
export type ApiRole = (typeof API_ROLES)[number];

/** Somebody who may use the API. */
export interface ApiToken {
  readonly name: string;
  readonly role: ApiRole;
  readonly token: string;
}

/** How the API is reached, and by whom. */
export interface ApiConfig {
  readonly enabled: boolean;
  /** The configuration speaks of it: trouble with it is then no small matter. */
  readonly stated: boolean;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Besides the admin token of the state folder. */
  readonly tokens: readonly ApiToken[];
  /** Names by which it may be asked for, besides those of loopback and of the address it listens on. */
  readonly hosts: readonly string[];
  /** Origins of pages in browsers that may ask, besides its own. */
  readonly origins: readonly string[];
}

/** Where the API listens where nothing else is said. */
export const API_LISTEN = '127.0.0.1:9280';
/** A shorter token could be guessed. */
const TOKEN_CHARACTERS_MIN = 20;

/** What reading the part needs of its reader. */
export interface ApiReading {
  readonly secret: (given: Plain, key: string, way: Way) => string | undefined;
  readonly wrong: (way: Way, message: string, hint: string) => void;
}

/** Reads `api:` of a configuration that fits the schema. */
export function readApi(value: Plain, reading: ApiReading): ApiConfig {
  const given = part(value, 'api');
  const tokens = (list(given ?? {}, 'tokens') ?? []).map((one, i): ApiToken => {
    const way = ['api', 'tokens', i];
    const token = reading.secret(one, 'token', way) ?? '';
    if (token !== '' && token.length < TOKEN_CHARACTERS_MIN) {
      const message = `a token of ${token.length} characters can be guessed`;
      reading.wrong([...way, 'token'], message, 'make one: openssl rand -hex 32');
    }
    return { name: text(one, 'name') ?? '', role: oneOf(one['role'], API_ROLES, 'reader'), token };
  });
  for (const [i, { name, token }] of tokens.entries()) {
    const before = tokens.slice(0, i);
    if (before.some((other) => other.name === name)) {
      const message = `two tokens are called '${name}'`;
      reading.wrong(['api', 'tokens', i, 'name'], message, 'the audit log tells people apart by this name');
    }
    if (token !== '' && before.some((other) => other.token === token)) {
      const message = `'${name}' has the token of another`;
      reading.wrong(['api', 'tokens', i, 'token'], message, 'give each their own');
    }
  }
  return {
    enabled: !isPlain(given) || given['enabled'] !== false,
    stated: given !== undefined,
    ...address(text(given, 'listen') ?? API_LISTEN),
    tokens,
    hosts: (texts(given, 'hosts') ?? []).map((host) => host.toLowerCase()),
    origins: (texts(given, 'origins') ?? []).map((origin) => origin.toLowerCase().replace(/\/$/, '')),
  };
}

/** The part of the configuration's JSON Schema, made of the parts that are used elsewhere too. */
export function apiSchema(parts: {
  readonly text: Plain;
  readonly secret: Plain;
  readonly listen: Plain;
}): Plain {
  return {
    type: 'object',
    additionalProperties: false,
    description: 'The HTTP API. Closed by default: who asks needs a token, even on this machine.',
    properties: {
      enabled: { type: 'boolean', description: 'Whether it listens. Default true.' },
      listen: { ...parts.listen, description: `Address and port. Default ${API_LISTEN}.` },
      tokens: {
        type: 'array',
        description:
          'Who may use it, besides the admin token that the first start writes to the state folder.',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name', 'role', 'token'],
          properties: {
            name: { ...parts.text, description: 'Whom the audit log names.' },
            role: {
              enum: [...API_ROLES],
              description:
                'What they may do: reader sees, analyst decides and silences, engineer reloads and replays, admin all; ingest only sends events to sources of type http that ask for a token.',
            },
            token: parts.secret,
          },
        },
      },
      hosts: {
        type: 'array',
        items: parts.text,
        description: 'Names by which it may be asked for, as of a proxy before it.',
      },
      origins: {
        type: 'array',
        items: {
          type: 'string',
          pattern: '^https?://[^/\\s]+/?$',
          examples: ['https://soc.example.org'],
        },
        description: 'Origins of pages in browsers that may ask, besides its own.',
      },
    },
  };
}
