import type { MappingDocument } from '../mapping.ts';

/** Apple's Endpoint Security events as `eslogger` writes them; the event's kind is the one member of `event`. */
const ESF_EVENTS = [
  'exec',
  'fork',
  'exit',
  'create',
  'write',
  'close',
  'rename',
  'unlink',
  'open',
  'uipc_connect',
] as const;
const ESF_CATEGORIES: Readonly<Record<(typeof ESF_EVENTS)[number], readonly string[]>> = {
  exec: ['process_creation'],
  fork: [],
  exit: ['process_termination'],
  create: ['file_event'],
  write: ['file_event'],
  close: ['file_event'],
  rename: ['file_event', 'file_rename'],
  unlink: ['file_delete'],
  open: ['file_access'],
  uipc_connect: [],
};

/** One mapping for each kind of event, since the kind is told by which member is there. */
export const MACOS_ESF: readonly MappingDocument[] = ESF_EVENTS.map((event) => ({
  mapping: `macos-esf-${event.replace('_', '-')}`,
  title: `macOS Endpoint Security: ${event}`,
  detect: [
    [
      { path: 'schema_version' },
      { path: 'process', is: 'object' as const },
      { path: `event.${event}`, is: 'object' as const },
    ],
  ],
  ...(event === 'exec'
    ? { lift: [{ kind: 'join' as const, from: 'event.exec.args', into: 'event.exec', as: 'command_line' }] }
    : {}),
  logsource: { products: ['macos'], categories: ESF_CATEGORIES[event] },
  paths: {
    Image: event === 'exec' ? ['event.exec.target.executable.path'] : ['process.executable.path'],
    CommandLine: ['event.exec.command_line'],
    CurrentDirectory: ['event.exec.cwd.path'],
    ParentImage: event === 'exec' ? ['process.executable.path'] : ['process.parent.executable.path'],
    ProcessId: event === 'exec' ? ['event.exec.target.audit_token.pid'] : ['process.audit_token.pid'],
    User: ['process.audit_token.euid'],
    TargetFilename: [
      'event.create.destination.existing_file.path',
      'event.create.destination.new_path.filename',
      'event.write.target.path',
      'event.close.target.path',
      'event.rename.destination.new_path.filename',
      'event.rename.destination.existing_file.path',
      'event.unlink.target.path',
      'event.open.file.path',
    ],
    SourceFilename: ['event.rename.source.path'],
    Computer: ['host', 'hostname', 'host.name'],
  },
  time: ['time', '@timestamp'],
  entities: [
    { type: 'file' as const, role: 'actor' as const, fields: ['Image'] },
    { type: 'file' as const, role: 'target' as const, fields: ['TargetFilename'] },
    { type: 'host' as const, role: 'target' as const, fields: ['Computer'] },
  ],
}));

/** The unified log, as `log show --style json` prints it. */
export const MACOS_UNIFIED: MappingDocument = {
  mapping: 'macos-unified-log',
  title: 'macOS unified log',
  detect: [[{ path: 'eventMessage' }, { path: 'processImagePath', is: 'scalar' }]],
  logsource: { products: ['macos'] },
  paths: { Message: ['eventMessage'], Image: ['processImagePath'], ProcessId: ['processID'] },
  time: ['timestamp'],
};
