// Past 400 lines: a table of shapes.

import type { DiscriminatorDocument, FieldTable, LiftDocument, MappingDocument } from '../mapping.ts';
import { WAZUH_ALERT } from './alerts.ts';
import { sysmonClasses } from './windows.ts';

/** The types of Sysmon's registry events. Other texts in a field of this name (a log level, say) tell nothing. */
const EVENT_TYPES = ['CreateKey', 'DeleteKey', 'DeleteValue', 'SetValue', 'RenameKey', 'RenameValue'];

/** Where the converters of XML put the name and the text of `<Data Name="…">…</Data>`. */
const PAIR_NAMES = ['#attributes.Name', '@Name', 'Name', '-Name', '$.Name', '_attributes.Name', '_Name'];
const PAIR_VALUES = ['#text', 'Value', '_text', '_', 'text', 'content', '$text', '__text'];

function discriminators(of: {
  readonly channel: readonly string[];
  readonly eventId: readonly string[];
  readonly eventType: readonly string[];
}): readonly DiscriminatorDocument[] {
  return [
    { name: 'channel', paths: of.channel, field: 'Channel' },
    { name: 'event_id', paths: of.eventId, field: 'EventID' },
    { name: 'event_type', paths: of.eventType, field: 'EventType', values: EVENT_TYPES },
  ];
}

/** What the audit policy says of a registry value, beside it as Sysmon says it. Nothing but event 4657 has these names. */
function registryLifts(
  folder: string,
  name: (own: string) => string = (own) => own,
): readonly LiftDocument[] {
  const at = (own: string): string => `${folder === '' ? '' : `${folder}.`}${name(own)}`;
  const into = folder === '' ? {} : { into: folder };
  return [
    {
      kind: 'derive',
      what: 'registry_path',
      from: at('ObjectValueName'),
      also: at('ObjectName'),
      ...into,
      as: name('TargetObject'),
    },
    {
      kind: 'derive',
      what: 'registry_details',
      from: at('NewValueType'),
      also: at('NewValue'),
      ...into,
      as: name('Details'),
    },
  ];
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const FLAT_PATHS: FieldTable = {
  Provider_Name: ['Provider_Name', 'SourceName', 'ProviderName', 'Provider', 'provider_name', 'Source'],
  Computer: ['Computer', 'Hostname', 'ComputerName', 'computer_name', 'host.name', 'host'],
  Message: ['Message', 'message'],
  Data: ['Data', 'StringInserts'],
};

/** Times of flat records: the event's own first, then the collector's. */
const FLAT_TIME = [
  'TimeCreated',
  'EventTime',
  'SystemTime',
  'UtcTime',
  '@timestamp',
  'TimeGenerated',
  'EventReceivedTime',
  'timestamp',
  'Timestamp',
];

/** All fields at the top: NXLog, OTRF's recordings, agents of many vendors, Azure Monitor's SecurityEvent table. */
export const WINDOWS_FLAT: MappingDocument = {
  mapping: 'windows-flat',
  title: 'Windows events with Channel, EventID and all fields at the top',
  vocabulary: 'windows',
  detect: [
    [
      { path: 'Channel', is: 'scalar' },
      { path: 'EventID', is: 'scalar' },
      { path: 'EventData', absent: true },
    ],
  ],
  lift: registryLifts(''),
  discriminators: discriminators({ channel: ['Channel'], eventId: ['EventID'], eventType: ['EventType'] }),
  paths: FLAT_PATHS,
  time: FLAT_TIME,
};

/** System fields at the top, the event's own below `EventData`: Azure Monitor's WindowsEvent table, several agents. */
export const WINDOWS_TABLE: MappingDocument = {
  mapping: 'windows-table',
  title: 'Windows events with Channel and EventID at the top and the rest below EventData',
  vocabulary: 'windows',
  detect: [
    [
      { path: 'Channel', is: 'scalar' },
      { path: 'EventID', is: 'scalar' },
    ],
  ],
  lift: [
    { kind: 'json', from: 'EventData', into: 'EventData' },
    {
      kind: 'pairs',
      from: 'EventData',
      is: 'array',
      into: 'EventData',
      name: PAIR_NAMES,
      value: PAIR_VALUES,
    },
    { kind: 'pairs', from: 'EventData.Data', into: 'EventData', name: PAIR_NAMES, value: PAIR_VALUES },
    ...registryLifts('EventData'),
  ],
  discriminators: discriminators({
    channel: ['Channel'],
    eventId: ['EventID'],
    eventType: ['EventData.EventType', 'EventType'],
  }),
  lookup: ['EventData.{}', '{}'],
  paths: {
    ...FLAT_PATHS,
    Channel: ['Channel'],
    EventID: ['EventID'],
    Data: ['EventData.Data.#text', 'EventData.Data', 'Data', 'StringInserts'],
  },
  time: FLAT_TIME,
};

/** `Event.System` and `Event.EventData`, as evtx_dump and the XML itself have them. */
export const WINDOWS_NESTED: MappingDocument = {
  mapping: 'windows-nested',
  title: 'Windows events nested as in their XML',
  vocabulary: 'windows',
  detect: [[{ path: 'Event.System', is: 'object' }]],
  lift: [
    {
      kind: 'pairs',
      from: 'Event.EventData.Data',
      into: 'Event.EventData',
      name: PAIR_NAMES,
      value: PAIR_VALUES,
    },
    { kind: 'children', from: 'Event.UserData', into: 'Event.EventData' },
    ...registryLifts('Event.EventData'),
  ],
  discriminators: discriminators({
    channel: ['Event.System.Channel'],
    eventId: ['Event.System.EventID.#text', 'Event.System.EventID'],
    eventType: ['Event.EventData.EventType'],
  }),
  lookup: ['Event.EventData.{}', 'Event.System.{}', '{}'],
  paths: {
    Channel: ['Event.System.Channel'],
    EventID: ['Event.System.EventID.#text', 'Event.System.EventID'],
    Provider_Name: [
      'Event.System.Provider.#attributes.Name',
      'Event.System.Provider.@Name',
      'Event.System.Provider.Name',
      'Event.System.Provider_attributes.Name',
      'Event.System.Provider.-Name',
      'Event.System.Provider.$.Name',
    ],
    EventType: ['Event.EventData.EventType'],
    Computer: ['Event.System.Computer'],
    Level: ['Event.System.Level'],
    Task: ['Event.System.Task'],
    Keywords: ['Event.System.Keywords'],
    Message: ['Event.RenderingInfo.Message', 'Event.Message', 'Message', 'message'],
    Data: ['Event.EventData.Data.#text', 'Event.EventData.Data'],
  },
  time: [
    'Event.System.TimeCreated.#attributes.SystemTime',
    'Event.System.TimeCreated.@SystemTime',
    'Event.System.TimeCreated.SystemTime',
    'Event.System.TimeCreated_attributes.SystemTime',
    'Event.System.TimeCreated.-SystemTime',
    'Event.System.TimeCreated.$.SystemTime',
    'Event.System.TimeCreated',
    'Event.EventData.UtcTime',
    '@timestamp',
    'timestamp',
  ],
};

/** Winlogbeat 7 and later, and Elastic Agent: `winlog.*` beside ECS fields. */
export const WINDOWS_WINLOGBEAT: MappingDocument = {
  mapping: 'windows-winlogbeat',
  title: 'Windows events of Winlogbeat and Elastic Agent',
  vocabulary: 'windows',
  detect: [
    [
      { path: 'winlog.channel', is: 'scalar' },
      { path: 'winlog.event_id', is: 'scalar' },
    ],
    [
      { path: 'winlog.channel', is: 'scalar' },
      { path: 'event.code', is: 'scalar' },
    ],
  ],
  lift: [
    { kind: 'children', from: 'winlog.user_data', into: 'winlog.event_data' },
    { kind: 'numbered', from: 'winlog.event_data.param1', into: 'winlog.event_data', as: 'Data' },
    ...registryLifts('winlog.event_data'),
  ],
  discriminators: discriminators({
    channel: ['winlog.channel'],
    eventId: ['winlog.event_id', 'event.code'],
    eventType: ['winlog.event_data.EventType'],
  }),
  lookup: ['winlog.event_data.{}', 'winlog.user_data.{}', '{}'],
  paths: {
    Channel: ['winlog.channel'],
    EventID: ['winlog.event_id', 'event.code'],
    EventType: ['winlog.event_data.EventType'],
    Provider_Name: ['winlog.provider_name', 'event.provider'],
    Computer: ['winlog.computer_name', 'host.name', 'host.hostname'],
    Level: ['winlog.level', 'log.level'],
    Keywords: ['winlog.keywords'],
    Task: ['winlog.task'],
    Message: ['message'],
    Data: ['winlog.event_data.Data', 'message'],
    Image: ['winlog.event_data.Image', 'process.executable'],
    CommandLine: ['winlog.event_data.CommandLine', 'process.command_line'],
    ParentImage: ['winlog.event_data.ParentImage', 'process.parent.executable'],
    ParentCommandLine: ['winlog.event_data.ParentCommandLine', 'process.parent.command_line'],
    NewProcessName: ['winlog.event_data.NewProcessName', 'process.executable'],
    ParentProcessName: ['winlog.event_data.ParentProcessName', 'process.parent.executable'],
    CurrentDirectory: ['winlog.event_data.CurrentDirectory', 'process.working_directory'],
    OriginalFileName: [
      'winlog.event_data.OriginalFileName',
      'process.pe.original_file_name',
      'file.pe.original_file_name',
    ],
    TargetFilename: ['winlog.event_data.TargetFilename', 'file.path'],
    TargetObject: ['winlog.event_data.TargetObject', 'registry.path'],
    ImageLoaded: ['winlog.event_data.ImageLoaded', 'file.path', 'dll.path'],
    QueryName: ['winlog.event_data.QueryName', 'dns.question.name'],
    DestinationIp: ['winlog.event_data.DestinationIp', 'destination.ip'],
    DestinationPort: ['winlog.event_data.DestinationPort', 'destination.port'],
    DestinationHostname: ['winlog.event_data.DestinationHostname', 'destination.domain'],
    SourceIp: ['winlog.event_data.SourceIp', 'source.ip'],
    SourcePort: ['winlog.event_data.SourcePort', 'source.port'],
    ScriptBlockText: ['winlog.event_data.ScriptBlockText', 'powershell.file.script_block_text'],
    PipeName: ['winlog.event_data.PipeName', 'file.name'],
    Hashes: ['winlog.event_data.Hashes', 'process.hash.sha256', 'file.hash.sha256'],
    ProcessGuid: ['winlog.event_data.ProcessGuid', 'process.entity_id'],
    ProcessId: ['winlog.event_data.ProcessId', 'process.pid'],
    User: ['winlog.event_data.User', 'winlog.user_data.User', 'user.name'],
  },
  // Winlogbeat's `event.created` is when it read the event.
  time: ['winlog.time_created', '@timestamp', 'event.created'],
  entities: [{ type: 'host', role: 'target', fields: ['host.name'] }],
};

/** Winlogbeat 6: `log_name`, `event_id` and `event_data` at the top. */
export const WINDOWS_WINLOGBEAT_6: MappingDocument = {
  mapping: 'windows-winlogbeat-6',
  title: 'Windows events of Winlogbeat 6',
  vocabulary: 'windows',
  detect: [
    [
      { path: 'log_name', is: 'scalar' },
      { path: 'event_id', is: 'scalar' },
    ],
  ],
  lift: [
    { kind: 'numbered', from: 'event_data.param1', into: 'event_data', as: 'Data' },
    ...registryLifts('event_data'),
  ],
  discriminators: discriminators({
    channel: ['log_name'],
    eventId: ['event_id'],
    eventType: ['event_data.EventType'],
  }),
  lookup: ['event_data.{}', 'user_data.{}', '{}'],
  paths: {
    Channel: ['log_name'],
    EventID: ['event_id'],
    EventType: ['event_data.EventType'],
    Provider_Name: ['source_name'],
    Computer: ['computer_name', 'beat.hostname', 'host.name'],
    Level: ['level'],
    Message: ['message'],
    Data: ['event_data.Data', 'message'],
  },
  time: ['@timestamp'],
};

/** `System` and `EventData` at the top: Velociraptor, Chainsaw and scripts that unpack the event element. */
export const WINDOWS_SYSTEM: MappingDocument = {
  mapping: 'windows-system',
  title: 'Windows events with System and EventData at the top',
  vocabulary: 'windows',
  detect: [[{ path: 'System.Channel', is: 'scalar' }, { path: 'System.EventID' }]],
  lift: [
    { kind: 'pairs', from: 'EventData.Data', into: 'EventData', name: PAIR_NAMES, value: PAIR_VALUES },
    { kind: 'children', from: 'UserData', into: 'EventData' },
    ...registryLifts('EventData'),
  ],
  discriminators: discriminators({
    channel: ['System.Channel'],
    eventId: ['System.EventID.#text', 'System.EventID.Value', 'System.EventID'],
    eventType: ['EventData.EventType'],
  }),
  lookup: ['EventData.{}', 'System.{}', '{}'],
  paths: {
    Channel: ['System.Channel'],
    EventID: ['System.EventID.#text', 'System.EventID.Value', 'System.EventID'],
    EventType: ['EventData.EventType'],
    Provider_Name: [
      'System.Provider.Name',
      'System.Provider.#attributes.Name',
      'System.Provider.@Name',
      'System.Provider_attributes.Name',
    ],
    Computer: ['System.Computer'],
    Level: ['System.Level'],
    Data: ['EventData.Data.#text', 'EventData.Data'],
  },
  time: [
    'System.TimeCreated.SystemTime',
    'System.TimeCreated.#attributes.SystemTime',
    'System.TimeCreated.@SystemTime',
    'System.TimeCreated_attributes.SystemTime',
    'System.TimeCreated',
    'EventTime',
    'timestamp',
    '@timestamp',
  ],
};

/** Wazuh: names in camel case below `data.win`. */
export const WINDOWS_WAZUH: MappingDocument = {
  mapping: 'windows-wazuh',
  title: 'Windows events of Wazuh',
  vocabulary: 'windows',
  detect: [
    [
      { path: 'data.win.system.channel', is: 'scalar' },
      { path: 'data.win.system.eventID', is: 'scalar' },
    ],
    [
      { path: 'win.system.channel', is: 'scalar' },
      { path: 'win.system.eventID', is: 'scalar' },
    ],
  ],
  lift: [...registryLifts('data.win.eventdata', camel), ...registryLifts('win.eventdata', camel)],
  discriminators: discriminators({
    channel: ['data.win.system.channel', 'win.system.channel'],
    eventId: ['data.win.system.eventID', 'win.system.eventID'],
    eventType: ['data.win.eventdata.eventType', 'win.eventdata.eventType'],
  }),
  lookup: ['data.win.eventdata.{camel}', 'win.eventdata.{camel}', 'data.win.system.{camel}', '{}'],
  paths: {
    Channel: ['data.win.system.channel', 'win.system.channel'],
    EventID: ['data.win.system.eventID', 'win.system.eventID'],
    EventType: ['data.win.eventdata.eventType', 'win.eventdata.eventType'],
    Provider_Name: ['data.win.system.providerName', 'win.system.providerName'],
    Computer: ['data.win.system.computer', 'win.system.computer', 'agent.name'],
    Message: ['data.win.system.message', 'win.system.message'],
  },
  time: ['data.win.system.systemTime', 'win.system.systemTime', 'timestamp', '@timestamp'],
  // Archives hold every event, alerts those on which a rule of Wazuh fired: they have its description.
  alert: WAZUH_ALERT,
};

/** EvtxECmd: the event's data as a JSON text in `Payload`. */
export const WINDOWS_EVTXECMD: MappingDocument = {
  mapping: 'windows-evtxecmd',
  title: 'Windows events of EvtxECmd',
  vocabulary: 'windows',
  detect: [
    [
      { path: 'Channel', is: 'scalar' },
      { path: 'EventId', is: 'scalar' },
      { path: 'Payload', is: 'scalar' },
    ],
  ],
  lift: [
    { kind: 'json', from: 'Payload', into: 'Parsed' },
    {
      kind: 'pairs',
      from: 'Parsed.EventData.Data',
      into: 'Parsed.EventData',
      name: PAIR_NAMES,
      value: PAIR_VALUES,
    },
    { kind: 'children', from: 'Parsed.UserData', into: 'Parsed.EventData' },
    ...registryLifts('Parsed.EventData'),
  ],
  discriminators: discriminators({
    channel: ['Channel'],
    eventId: ['EventId'],
    eventType: ['Parsed.EventData.EventType'],
  }),
  lookup: ['Parsed.EventData.{}', '{}'],
  paths: {
    EventID: ['EventId'],
    Channel: ['Channel'],
    EventType: ['Parsed.EventData.EventType'],
    Provider_Name: ['Provider'],
    Data: ['Parsed.EventData.Data.#text', 'Parsed.EventData.Data'],
  },
  time: ['TimeCreated'],
};

/** The log's name under `LogName`: Splunk's Windows add-on, and PowerShell's Get-WinEvent through ConvertTo-Json. */
export const WINDOWS_LOGNAME: MappingDocument = {
  mapping: 'windows-logname',
  title: 'Windows events with LogName and EventCode or Id',
  vocabulary: 'windows',
  detect: [
    [
      { path: 'LogName', is: 'scalar' },
      { path: 'EventCode', is: 'scalar' },
    ],
    [
      { path: 'LogName', is: 'scalar' },
      { path: 'Id', is: 'scalar' },
      { path: 'ProviderName', is: 'scalar' },
    ],
    [
      { path: 'LogName', is: 'scalar' },
      { path: 'EventID', is: 'scalar' },
    ],
  ],
  lift: registryLifts(''),
  discriminators: discriminators({
    channel: ['LogName'],
    eventId: ['EventCode', 'EventID', 'Id'],
    eventType: ['EventType'],
  }),
  paths: {
    ...FLAT_PATHS,
    Channel: ['LogName'],
    EventID: ['EventCode', 'EventID', 'Id'],
    Computer: ['ComputerName', 'MachineName', 'host'],
    Data: ['Data', 'Message'],
  },
  time: ['TimeCreated', '_time', 'time', 'TimeGenerated', '@timestamp'],
};

/** Sysmon events whose channel was dropped on the way. */
export const SYSMON_BARE: MappingDocument = {
  mapping: 'windows-sysmon-bare',
  title: 'Sysmon events without a channel',
  vocabulary: 'windows',
  detect: [
    [
      { path: 'EventID', is: 'scalar' },
      { path: 'UtcTime', is: 'scalar' },
      { path: 'ProcessGuid', is: 'scalar' },
      { path: 'Channel', absent: true },
    ],
    [
      { path: 'EventID', is: 'scalar' },
      { path: 'UtcTime', is: 'scalar' },
      { path: 'SourceProcessGUID', is: 'scalar' },
      { path: 'Channel', absent: true },
    ],
  ],
  discriminators: [
    { name: 'event_id', paths: ['EventID'], field: 'EventID' },
    { name: 'event_type', paths: ['EventType'], field: 'EventType', values: EVENT_TYPES },
  ],
  classes: [
    {
      when: {},
      logsource: { services: ['sysmon'] },
      constants: {
        Channel: 'Microsoft-Windows-Sysmon/Operational',
        Provider_Name: 'Microsoft-Windows-Sysmon',
      },
    },
    ...sysmonClasses({}),
  ],
  paths: FLAT_PATHS,
  time: FLAT_TIME,
};
