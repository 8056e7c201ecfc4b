import type { DetectClause, EntityDocument, FieldTable, LiftDocument, MappingDocument } from '../mapping.ts';

function all(...paths: readonly string[]): readonly DetectClause[] {
  return paths.map((path) => ({ path, is: 'scalar' as const }));
}

/** Where access logs put the method, the address as the client sent it, and the rest. */
const METHOD = [
  'cs-method',
  'request_method',
  'method',
  'verb',
  'http_method',
  'httpMethod',
  'RequestMethod',
  'request.method',
  'httpRequest.requestMethod',
];
const URI = [
  'request_uri',
  'uri',
  'url',
  'request_url',
  'RequestPath',
  'path',
  'request.uri',
  'httpRequest.requestUrl',
  'request_line',
  'request',
];
const STATUS = [
  'sc-status',
  'status',
  'status_code',
  'response_code',
  'response',
  'DownstreamStatus',
  'httpRequest.status',
  'statusCode',
];
const AGENT = [
  'cs-user-agent',
  'cs(User-Agent)',
  'http_user_agent',
  'user_agent',
  'useragent',
  'userAgent',
  'agent',
  'request.headers.User-Agent',
  'request_User-Agent',
  'httpRequest.userAgent',
];
const REFERER = [
  'cs-referer',
  'cs(Referer)',
  'http_referer',
  'referer',
  'referrer',
  'http_referrer',
  'request.headers.Referer',
  'request_Referer',
];
const HOST = [
  'cs-host',
  'http_host',
  'host',
  'vhost',
  'server_name',
  'domain',
  'request.host',
  'RequestHost',
];
const CLIENT = [
  'c-ip',
  'remote_addr',
  'client_ip',
  'clientip',
  'remote_ip',
  'remote_host',
  'ClientHost',
  'request.remote_ip',
  'httpRequest.remoteIp',
  'src_ip',
  'client',
];

const WEB_PATHS: FieldTable = {
  'cs-method': METHOD,
  'cs-uri-stem': ['cs-uri-stem', ...URI],
  // The public rules look for paths in the query as well: where a log has the address whole, it is both.
  'cs-uri-query': ['cs-uri-query', ...URI],
  'cs-uri': ['cs-uri', ...URI],
  'c-uri': ['c-uri', 'cs-uri', ...URI],
  'sc-status': STATUS,
  'cs-user-agent': AGENT,
  'c-useragent': ['c-useragent', ...AGENT],
  'cs-referer': REFERER,
  'cs-referrer': REFERER,
  'cs-host': HOST,
  'cs-username': ['cs-username', 'remote_user', 'auth', 'user', 'username'],
  'cs-content-type': ['cs-content-type', 'content_type', 'http_content_type'],
  'cs-cookie': ['cs-cookie', 'cs(Cookie)', 'http_cookie', 'cookie'],
  'c-ip': CLIENT,
  src_ip: CLIENT,
};

/** Of whichever of the paths a log has the address at. */
const WEB_LIFTS: readonly LiftDocument[] = ['cs-uri', 'c-uri', ...URI].map((from) => ({
  kind: 'derive',
  from,
  what: 'uri_extension',
  as: 'c-uri-extension',
}));

/** W3C logs part the day and the time of day; both are of UTC. */
const W3C_LIFTS: readonly LiftDocument[] = [
  { kind: 'join', from: 'date', also: 'time', as: 'date_time' },
  { kind: 'derive', from: 'c-uri', what: 'uri_extension', as: 'c-uri-extension' },
  { kind: 'derive', from: 'cs-uri', what: 'uri_extension', as: 'c-uri-extension' },
  { kind: 'derive', from: 'cs-uri-stem', what: 'uri_extension', as: 'c-uri-extension' },
];
const W3C_TIMES = ['timestamp', '@timestamp', 'date_time', 'time', 'date'];

const WEB_TIMES = [
  'time_iso8601',
  '@timestamp',
  'timestamp',
  'time_local',
  'time',
  'msec',
  'ts',
  'date',
  'StartUTC',
  'time_received_isoformat',
];

const WEB_ENTITIES: readonly EntityDocument[] = [
  { type: 'ip', role: 'source', fields: ['c-ip'] },
  { type: 'domain', role: 'target', fields: ['cs-host'] },
  { type: 'user', role: 'actor', fields: ['cs-username'] },
];

/** nginx: its own variable names, as `log_format … escape=json` is written with them. */
export const NGINX: MappingDocument = {
  mapping: 'web-nginx',
  title: 'nginx access log',
  detect: [
    all('remote_addr', 'status', 'request_uri'),
    all('remote_addr', 'status', 'request'),
    all('remote_addr', 'status', 'request_method'),
    all('remote_addr', 'status', 'http_user_agent'),
  ],
  logsource: { products: ['nginx'], categories: ['webserver'], services: ['nginx'] },
  lift: WEB_LIFTS,
  paths: WEB_PATHS,
  time: WEB_TIMES,
  entities: WEB_ENTITIES,
};

/** Apache and what reads its combined format (Logstash's, Fluentd's and Vector's names). */
export const APACHE: MappingDocument = {
  mapping: 'web-apache',
  title: 'Apache access log',
  detect: [
    all('clientip', 'verb', 'response'),
    all('clientip', 'request', 'response'),
    all('remote_host', 'request_method', 'status'),
    all('host', 'method', 'path', 'code', 'agent'),
    all('remote_host', 'request_line', 'status'),
  ],
  logsource: { products: ['apache'], categories: ['webserver'], services: ['apache'] },
  lift: WEB_LIFTS,
  paths: { ...WEB_PATHS, 'sc-status': [...STATUS, 'code'] },
  time: WEB_TIMES,
  entities: WEB_ENTITIES,
};

/** Records in the W3C extended names of web servers (IIS among them). */
export const WEB_W3C: MappingDocument = {
  mapping: 'web-w3c',
  title: 'W3C extended access log of a web server',
  detect: [
    all('cs-method', 'cs-uri-stem'),
    all('cs-uri-stem', 'sc-status'),
    all('cs-uri-query', 'sc-status'),
  ],
  logsource: { categories: ['webserver'] },
  fields: {
    'cs-user-agent': ['cs-user-agent', 'cs(User-Agent)'],
    'cs-referer': ['cs-referer', 'cs(Referer)'],
    'cs-cookie': ['cs-cookie', 'cs(Cookie)'],
  },
  lift: W3C_LIFTS,
  time: W3C_TIMES,
  entities: WEB_ENTITIES,
};

/** Records in the names that Sigma's proxy rules use. */
export const PROXY_W3C: MappingDocument = {
  mapping: 'proxy-w3c',
  title: 'W3C extended access log of a proxy',
  detect: [
    [{ path: 'c-uri', is: 'scalar' }],
    all('cs-uri', 'cs-method'),
    all('cs-host', 'cs-method', 'r-ip'),
  ],
  logsource: { categories: ['proxy'] },
  fields: { 'c-useragent': ['c-useragent', 'cs-user-agent', 'cs(User-Agent)'], 'c-uri': ['c-uri', 'cs-uri'] },
  lift: W3C_LIFTS,
  time: W3C_TIMES,
  entities: WEB_ENTITIES,
};

/** Forward proxies: Zscaler's feed, Squid and others as JSON. */
export const PROXY_GENERIC: MappingDocument = {
  mapping: 'proxy',
  title: 'Proxy log',
  detect: [
    all('event.url', 'event.requestmethod'),
    all('url', 'useragent', 'requestmethod'),
    all('url', 'user_agent', 'http_method', 'action'),
    all('url', 'squid_request_status'),
    all('url', 'cache_status', 'client_ip'),
    all('url', 'hierarchy_code'),
  ],
  logsource: { categories: ['proxy'] },
  lookup: ['{}', 'event.{}'],
  paths: {
    ...WEB_PATHS,
    'c-uri': ['c-uri', 'event.url', 'url'],
    'cs-uri': ['cs-uri', 'event.url', 'url'],
    'cs-host': ['cs-host', 'event.hostname', 'hostname', 'host', 'domain'],
    'cs-method': ['cs-method', 'event.requestmethod', 'requestmethod', 'http_method', 'method'],
    'c-useragent': ['c-useragent', 'event.useragent', 'useragent', 'user_agent'],
    'sc-status': ['sc-status', 'event.responsecode', 'responsecode', 'status', 'status_code'],
    'cs-referrer': ['cs-referrer', 'event.refererURL', 'refererURL', 'referer'],
    'c-ip': ['c-ip', 'event.clientpublicIP', 'event.ClientIP', 'client_ip', 'src_ip'],
  },
  time: ['event.datetime', 'datetime', 'timestamp', '@timestamp', 'time'],
  entities: [...WEB_ENTITIES, { type: 'user', role: 'actor', fields: ['event.user'] }],
};

/** Other web servers, load balancers and ingresses: Caddy, Traefik, Envoy, Google's load balancer. */
export const WEB_GENERIC: MappingDocument = {
  mapping: 'web',
  title: 'Web server access log',
  detect: [
    all('request.method', 'request.uri', 'status'),
    all('RequestMethod', 'RequestPath', 'DownstreamStatus'),
    all('httpRequest.requestMethod', 'httpRequest.requestUrl'),
    all('method', 'path', 'response_code', 'user_agent'),
    all('method', 'uri', 'status', 'user_agent'),
    all('method', 'url', 'status', 'user_agent'),
    all('method', 'path', 'status', 'user_agent'),
    all('http_method', 'uri', 'status'),
    all('request_method', 'request_uri', 'status'),
    all('remote_ip', 'request', 'response', 'agent'),
  ],
  logsource: { categories: ['webserver'] },
  lift: WEB_LIFTS,
  paths: WEB_PATHS,
  time: WEB_TIMES,
  entities: WEB_ENTITIES,
};

/** ModSecurity's audit log as JSON. */
export const MODSECURITY: MappingDocument = {
  mapping: 'modsecurity',
  title: 'ModSecurity audit log',
  detect: [
    [
      { path: 'transaction', is: 'object' },
      { path: 'audit_data', is: 'object' },
    ],
    [
      { path: 'transaction.request', is: 'object' },
      { path: 'transaction.messages', is: 'array' },
    ],
  ],
  logsource: { products: ['modsecurity'], categories: ['webserver'] },
  paths: {
    'cs-method': ['transaction.request.method'],
    'cs-uri-query': ['transaction.request.uri', 'request.request_line'],
    'cs-uri-stem': ['transaction.request.uri', 'request.request_line'],
    'cs-user-agent': ['transaction.request.headers.User-Agent', 'request.headers.User-Agent'],
    'sc-status': ['transaction.response.http_code', 'response.status'],
    'c-ip': ['transaction.client_ip', 'transaction.remote_address'],
  },
  time: ['transaction.time_stamp', 'transaction.time'],
  entities: [{ type: 'ip', role: 'source', fields: ['c-ip'] }],
};
