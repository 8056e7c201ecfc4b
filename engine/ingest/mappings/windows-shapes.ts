import type { DiscriminatorDocument, FieldTable, MappingDocument } from '../mapping.ts';

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
