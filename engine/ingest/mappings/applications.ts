import type { DetectClause, MappingDocument } from '../mapping.ts';

function all(...paths: readonly string[]): readonly DetectClause[] {
  return paths.map((path) => ({ path, is: 'scalar' as const }));
}

/** The rules about applications search for words of error messages, whatever the library that logged them; SQL errors come in any. */
const APPLICATION = { categories: ['application'] };
const TIMES = ['@timestamp', 'timestamp', 'time', 'asctime', 'instant.epochSecond', 'timeMillis'];

/** Logback's and Log4j's JSON layouts. */
export const APP_JVM: MappingDocument = {
  mapping: 'app-jvm',
  title: 'Application log of a Java virtual machine',
  detect: [
    all('logger_name', 'level', 'message'),
    all('loggerName', 'level', 'message'),
    all('log.logger', 'log.level', 'message'),
    all('loggerFqcn', 'message'),
    all('logger', 'level', 'thread', 'message'),
  ],
  logsource: { ...APPLICATION, products: ['jvm', 'spring', 'velocity', 'sql'] },
  time: TIMES,
};

/** Python's logging module, as its JSON formatters name a record's attributes. */
export const APP_PYTHON: MappingDocument = {
  mapping: 'app-python',
  title: 'Application log of Python',
  detect: [all('levelname', 'message'), all('levelname', 'msg'), all('lineno', 'funcName', 'message')],
  logsource: { ...APPLICATION, products: ['python', 'django', 'sql'] },
  time: TIMES,
};

/** Bunyan and pino. */
export const APP_NODE: MappingDocument = {
  mapping: 'app-nodejs',
  title: 'Application log of Node.js',
  detect: [all('level', 'time', 'pid', 'hostname', 'msg')],
  logsource: { ...APPLICATION, products: ['nodejs', 'sql'] },
  time: TIMES,
};

/** Lograge and Rails' semantic logger. */
export const APP_RAILS: MappingDocument = {
  mapping: 'app-rails',
  title: 'Application log of Ruby on Rails',
  detect: [all('controller', 'action', 'format', 'status'), all('severity', 'progname', 'message')],
  logsource: { ...APPLICATION, products: ['ruby_on_rails', 'sql'] },
  time: TIMES,
};

/** PostgreSQL's jsonlog, and pgAudit within it. */
export const DATABASE: MappingDocument = {
  mapping: 'database-postgresql',
  title: 'PostgreSQL log',
  detect: [all('error_severity', 'dbname'), all('error_severity', 'backend_type')],
  logsource: { products: ['postgresql'], categories: ['database'] },
  time: ['timestamp'],
  entities: [
    { type: 'user', role: 'actor', fields: ['user'] },
    { type: 'ip', role: 'source', fields: ['remote_host'] },
  ],
};

/** Messages of Cisco's IOS and ASA, which begin with `%FACILITY-SEVERITY-MNEMONIC:`, in a syslog record. */
export const CISCO_SYSLOG: MappingDocument = {
  mapping: 'cisco-syslog',
  title: 'Cisco messages in syslog as JSON',
  detect: ['message', 'msg', 'MESSAGE'].map((path) => [{ path, is: 'scalar' as const, startswith: ['%'] }]),
  logsource: { products: ['cisco'], services: ['syslog', 'aaa', 'bgp', 'ldp'] },
  paths: { Computer: ['host', 'hostname', 'HOST'], message: ['message', 'msg', 'MESSAGE'] },
  time: ['timestamp', 'timereported', '@timestamp', 'time', 'ISODATE'],
  entities: [{ type: 'host', role: 'target', fields: ['Computer'] }],
};
