import type { WindowsEvent } from './windows-events.ts';

/** A way in which collectors write Windows events as JSON. */
export interface WindowsShape {
  readonly name: string;
  readonly schema: string;
  readonly render: (event: WindowsEvent) => unknown;
}

export const TIME = '2026-04-20T10:00:35.646624Z';
export const COMPUTER = 'WS-0042.contoso.example';

/** The data as members: those of classic events have no names, and stand in a list called `Data`. */
function members(event: WindowsEvent, list: unknown): Readonly<Record<string, unknown>> {
  return Array.isArray(event.data) ? { Data: list } : { ...event.data };
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const XMLNS = { xmlns: 'http://schemas.microsoft.com/win/2004/08/events/event' };

function evtxDump(event: WindowsEvent): unknown {
  const data = members(event, { '#text': event.data });
  return {
    Event: {
      '#attributes': XMLNS,
      System: {
        Provider: { '#attributes': { Name: event.provider, Guid: '5770385F-C22A-43E0-BF4C-06F5698FFBD9' } },
        EventID: Array.isArray(event.data)
          ? { '#attributes': { Qualifiers: 0 }, '#text': event.id }
          : event.id,
        Version: 2,
        Level: 4,
        Task: 1,
        Opcode: 0,
        Keywords: '0x8000000000000000',
        TimeCreated: { '#attributes': { SystemTime: TIME } },
        EventRecordID: 16384,
        Correlation: null,
        Execution: { '#attributes': { ProcessID: 2496, ThreadID: 3424 } },
        Channel: event.channel,
        Computer: COMPUTER,
        Security: { '#attributes': { UserID: 'S-1-5-18' } },
      },
      ...(event.userData === undefined
        ? { EventData: data }
        : {
            UserData: {
              [event.userData]: { '#attributes': { xmlns: 'http://manifests.microsoft.com/x' }, ...data },
            },
          }),
    },
  };
}

/** `evtx_dump --separate-json-attributes`. */
function evtxDumpSeparate(event: WindowsEvent): unknown {
  const data = members(event, event.data);
  return {
    Event_attributes: XMLNS,
    Event: {
      System: {
        Provider_attributes: { Name: event.provider },
        EventID: event.id,
        TimeCreated_attributes: { SystemTime: TIME },
        Channel: event.channel,
        Computer: COMPUTER,
      },
      ...(event.userData === undefined ? { EventData: data } : { UserData: { [event.userData]: data } }),
    },
  };
}

/** The XML itself, turned into JSON by a common converter. */
function xmlPairs(event: WindowsEvent): unknown {
  const pairs = Array.isArray(event.data)
    ? event.data
    : Object.entries(event.data).map(([name, text]) => ({ '@Name': name, '#text': text }));
  return {
    Event: {
      System: {
        Provider: { '@Name': event.provider },
        EventID: String(event.id),
        TimeCreated: { '@SystemTime': TIME },
        Channel: event.channel,
        Computer: COMPUTER,
      },
      ...(event.userData === undefined
        ? { EventData: { Data: pairs } }
        : { UserData: { [event.userData]: { ...event.data } } }),
    },
  };
}

function winlogbeat(event: WindowsEvent): unknown {
  const data = Array.isArray(event.data)
    ? Object.fromEntries(event.data.map((text, i) => [`param${i + 1}`, text]))
    : { ...event.data };
  return {
    '@timestamp': TIME,
    agent: { type: 'winlogbeat', version: '8.13.0', hostname: 'WS-0042' },
    ecs: { version: '1.12.0' },
    event: {
      code: String(event.id),
      kind: 'event',
      provider: event.provider,
      created: '2026-04-20T10:00:37.000Z',
    },
    host: { name: COMPUTER },
    log: { level: 'information' },
    message: 'rendered',
    winlog: {
      api: 'wineventlog',
      channel: event.channel,
      computer_name: COMPUTER,
      event_id: String(event.id),
      provider_name: event.provider,
      record_id: 16384,
      process: { pid: 2496, thread: { id: 3424 } },
      ...(event.userData === undefined
        ? { event_data: data }
        : { user_data: { ...data, xml_name: event.userData } }),
    },
  };
}

function winlogbeat6(event: WindowsEvent): unknown {
  const data = Array.isArray(event.data)
    ? Object.fromEntries(event.data.map((text, i) => [`param${i + 1}`, text]))
    : { ...event.data };
  return {
    '@timestamp': TIME,
    beat: { name: 'WS-0042', hostname: 'WS-0042', version: '6.8.0' },
    computer_name: COMPUTER,
    ...(event.userData === undefined ? { event_data: data } : { user_data: data }),
    event_id: event.id,
    level: 'Information',
    log_name: event.channel,
    message: 'rendered',
    record_number: '16384',
    source_name: event.provider,
    type: 'wineventlog',
  };
}

/** NXLog's im_msvistalog with to_json(): the process that wrote the event is `ProcessID`, and the time has no zone but is of UTC here. */
function nxlog(event: WindowsEvent): unknown {
  return {
    EventTime: '2026-04-20 10:00:35',
    Hostname: COMPUTER,
    Keywords: '-9223372036854775808',
    EventType: 'INFO',
    SeverityValue: 2,
    Severity: 'INFO',
    EventID: event.id,
    SourceName: event.provider,
    ProviderGuid: '{5770385F-C22A-43E0-BF4C-06F5698FFBD9}',
    Version: 2,
    Task: 1,
    OpcodeValue: 0,
    RecordNumber: 16384,
    ProcessID: 2496,
    ThreadID: 3424,
    Channel: event.channel,
    AccountName: 'SYSTEM',
    Message: Array.isArray(event.data) ? event.data.join('\n') : 'rendered',
    Opcode: 'Info',
    ...(Array.isArray(event.data) ? {} : event.data),
    EventReceivedTime: '2026-04-20 10:00:37',
    SourceModuleName: 'eventlog',
    SourceModuleType: 'im_msvistalog',
  };
}

function flat(event: WindowsEvent): unknown {
  return {
    '@timestamp': TIME,
    Channel: event.channel,
    EventID: event.id,
    Provider_Name: event.provider,
    Computer: COMPUTER,
    ...(Array.isArray(event.data) ? { Data: event.data } : event.data),
  };
}

function velociraptor(event: WindowsEvent): unknown {
  const data = members(event, event.data);
  return {
    System: {
      Provider: { Name: event.provider, Guid: '{x}' },
      EventID: { Value: event.id },
      TimeCreated: { SystemTime: 1776679235.646624 },
      Channel: event.channel,
      Computer: COMPUTER,
    },
    ...(event.userData === undefined ? { EventData: data } : { UserData: { [event.userData]: data } }),
  };
}

function wazuh(event: WindowsEvent): unknown {
  const data = Array.isArray(event.data)
    ? { data: event.data.join(', ') }
    : Object.fromEntries(Object.entries(event.data).map(([name, text]) => [camel(name), text]));
  return {
    timestamp: '2026-04-20T10:00:38.000+0000',
    agent: { id: '001', name: 'WS-0042', ip: '10.20.30.40' },
    manager: { name: 'wazuh' },
    id: '1776679238.1',
    decoder: { name: 'windows_eventchannel' },
    data: {
      win: {
        system: {
          providerName: event.provider,
          eventID: String(event.id),
          systemTime: TIME,
          channel: event.channel,
          computer: COMPUTER,
          message: '"rendered"',
        },
        eventdata: data,
      },
    },
    location: 'EventChannel',
  };
}

/** Azure Monitor's WindowsEvent table. */
function windowsEventTable(event: WindowsEvent): unknown {
  return {
    TimeGenerated: TIME,
    Type: 'WindowsEvent',
    Provider: event.provider,
    Channel: event.channel,
    Computer: COMPUTER,
    EventID: event.id,
    EventData: members(event, event.data),
  };
}

export const WINDOWS_SHAPES: readonly WindowsShape[] = [
  { name: 'evtx_dump', schema: 'windows-nested', render: evtxDump },
  { name: 'evtx_dump with separate attributes', schema: 'windows-nested', render: evtxDumpSeparate },
  { name: 'XML as pairs', schema: 'windows-nested', render: xmlPairs },
  { name: 'Winlogbeat', schema: 'windows-winlogbeat', render: winlogbeat },
  { name: 'Winlogbeat 6', schema: 'windows-winlogbeat-6', render: winlogbeat6 },
  { name: 'NXLog', schema: 'windows-flat', render: nxlog },
  { name: 'flat', schema: 'windows-flat', render: flat },
  { name: 'Velociraptor', schema: 'windows-system', render: velociraptor },
  { name: 'Wazuh', schema: 'windows-wazuh', render: wazuh },
  { name: 'WindowsEvent table', schema: 'windows-table', render: windowsEventTable },
];
