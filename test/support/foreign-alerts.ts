/** Alerts as other products write them, after the shapes that their vendors document: one course of an attack, told by several. The values are made up. */
export const FOREIGN_ALERTS: readonly Readonly<Record<string, unknown>>[] = [
  {
    timestamp: '2026-03-02T10:00:00.000+0000',
    rule: {
      level: 10,
      description: 'sshd: brute force trying to get access to the system. Authentication failed.',
      id: '5763',
      mitre: { id: ['T1110'], tactic: ['Credential Access'], technique: ['Brute Force'] },
      frequency: 8,
      firedtimes: 1,
      mail: false,
      groups: ['syslog', 'sshd', 'authentication_failures'],
    },
    agent: { id: '003', name: 'web01', ip: '10.0.0.5' },
    manager: { name: 'wazuh' },
    id: '1772445600.12345',
    full_log: 'Mar  2 10:00:00 web01 sshd[1234]: Failed password for root from 203.0.113.9 port 4711 ssh2',
    predecoder: { program_name: 'sshd', hostname: 'web01' },
    decoder: { parent: 'sshd', name: 'sshd' },
    data: { srcip: '203.0.113.9', srcport: '4711', dstuser: 'root' },
    location: '/var/log/auth.log',
  },
  {
    timestamp: '2026-03-02T10:05:00.000+0000',
    rule: {
      level: 12,
      description: 'Host-based anomaly detection event (rootcheck): rootkit detected.',
      id: '510',
      mitre: { id: ['T1014'], tactic: ['Defense Evasion'], technique: ['Rootkit'] },
      groups: ['ossec', 'rootcheck'],
    },
    agent: { id: '003', name: 'web01', ip: '10.0.0.5' },
    manager: { name: 'wazuh' },
    id: '1772445900.22345',
    decoder: { name: 'rootcheck' },
    data: { title: 'Rootkit detected', file: '/usr/bin/.hidden' },
    location: 'rootcheck',
  },
  {
    timestamp: '2026-03-02T10:01:00.123456+0000',
    flow_id: 1234567890,
    in_iface: 'eth0',
    event_type: 'alert',
    src_ip: '203.0.113.9',
    src_port: 44321,
    dest_ip: '10.0.0.5',
    dest_port: 80,
    proto: 'TCP',
    alert: {
      action: 'allowed',
      gid: 1,
      signature_id: 2024897,
      rev: 3,
      signature: 'ET WEB_SERVER Possible Webshell Access',
      category: 'Web Application Attack',
      severity: 1,
      metadata: {
        mitre_technique_id: ['T1505'],
        mitre_tactic_id: ['TA0003'],
        signature_severity: ['Critical'],
      },
    },
    http: { hostname: 'shop.example.com', url: '/upload/x.php', http_method: 'POST' },
    app_proto: 'http',
  },
  {
    timestamp: '2026-03-02T10:02:00.123456+0000',
    flow_id: 1234567891,
    event_type: 'alert',
    src_ip: '10.0.0.5',
    src_port: 51000,
    dest_ip: '198.51.100.7',
    dest_port: 443,
    proto: 'TCP',
    alert: {
      action: 'allowed',
      gid: 1,
      signature_id: 2028371,
      rev: 2,
      signature: 'ET MALWARE Cobalt Strike Beacon Observed',
      category: 'Malware Command and Control Activity Detected',
      severity: 1,
    },
  },
  {
    '@odata.type': '#microsoft.graph.security.alert',
    id: 'da637551227677560813_-961444813',
    providerAlertId: 'da637551227677560813_-961444813',
    incidentId: '28282',
    status: 'new',
    severity: 'high',
    classification: 'unknown',
    determination: 'unknown',
    serviceSource: 'microsoftDefenderForEndpoint',
    detectionSource: 'antivirus',
    detectorId: 'e0da400f-affd-43ef-b1d5-afc2eb6f2756',
    tenantId: 'b3c1b5fc-828c-45fa-a1e1-10d74f6d6e9c',
    title: 'Suspicious execution of hidden file',
    description: 'A hidden file has been launched.',
    recommendedActions: 'Collect artifacts and determine scope',
    category: 'DefenseEvasion',
    assignedTo: null,
    alertWebUrl: 'https://security.microsoft.com/alerts/da637551227677560813_-961444813',
    mitreTechniques: ['T1564.001'],
    createdDateTime: '2026-03-02T10:03:12.3366667Z',
    lastUpdateDateTime: '2026-03-02T10:03:41.4333333Z',
    firstActivityDateTime: '2026-03-02T10:03:02.0Z',
    lastActivityDateTime: '2026-03-02T10:03:03.0Z',
    evidence: [
      {
        '@odata.type': '#microsoft.graph.security.deviceEvidence',
        createdDateTime: '2026-03-02T10:03:12.8333333Z',
        verdict: 'unknown',
        deviceDnsName: 'pc07.corp.example',
        hostName: 'pc07',
        mdeDeviceId: '73e7e2de709dff64ef64b1d0c30e67fab63279db',
        osPlatform: 'Windows10',
        loggedOnUsers: [{ accountName: 'alice', domainName: 'CORP' }],
      },
      {
        '@odata.type': '#microsoft.graph.security.processEvidence',
        processId: 4780,
        processCommandLine: '"MsSense.exe"',
        imageFile: {
          sha1: '5f1e8acedc065031aad553b710838eb366cfee9a',
          fileName: 'evil.exe',
          filePath: 'C:\\Users\\alice\\Downloads',
        },
        userAccount: { accountName: 'alice', domainName: 'CORP' },
      },
    ],
  },
  {
    schemaVersion: '2.0',
    accountId: '123456789012',
    region: 'eu-west-1',
    partition: 'aws',
    id: '1ab92989eaf0e742df4a014d5c0b8841',
    arn: 'arn:aws:guardduty:eu-west-1:123456789012:detector/12abc/finding/1ab92989eaf0e742df4a014d5c0b8841',
    type: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom',
    resource: {
      resourceType: 'AccessKey',
      accessKeyDetails: {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        principalId: 'AIDACKCEVSQ6C2EXAMPLE',
        userType: 'IAMUser',
        userName: 'deployer',
      },
    },
    service: {
      serviceName: 'guardduty',
      detectorId: '12abc',
      action: {
        actionType: 'AWS_API_CALL',
        awsApiCallAction: {
          api: 'GetCallerIdentity',
          serviceName: 'sts.amazonaws.com',
          callerType: 'Remote IP',
          remoteIpDetails: { ipAddressV4: '203.0.113.9', country: { countryName: 'Nowhere' } },
        },
      },
      resourceRole: 'TARGET',
      eventFirstSeen: '2026-03-02T09:50:00Z',
      eventLastSeen: '2026-03-02T10:04:00Z',
      archived: false,
      count: 3,
    },
    severity: 5,
    createdAt: '2026-03-02T10:04:30.000Z',
    updatedAt: '2026-03-02T10:04:30.000Z',
    title: 'API GetCallerIdentity was invoked from an IP address on a custom threat list.',
    description:
      'API GetCallerIdentity was invoked from an IP address 203.0.113.9 on the custom threat list.',
  },
  {
    hostname: 'node1',
    output:
      '10:06:00.000000000: Notice A shell was spawned in a container with an attached terminal (user=root container_id=3ad7b26ded6d)',
    output_fields: {
      'container.id': '3ad7b26ded6d',
      'container.image.repository': 'nginx',
      'container.name': 'web',
      'evt.time': 1772445960000000000,
      'k8s.ns.name': 'shop',
      'k8s.pod.name': 'web-7f9c',
      'proc.cmdline': 'sh -c id',
      'proc.name': 'sh',
      'proc.pname': 'runc',
      'proc.tty': 34816,
      'user.loginuid': -1,
      'user.name': 'root',
    },
    priority: 'Notice',
    rule: 'Terminal shell in container',
    source: 'syscall',
    tags: ['T1059', 'container', 'maturity_stable', 'mitre_execution', 'shell'],
    time: '2026-03-02T10:06:00.000000000Z',
    uuid: '1b2c',
  },
  {
    activity_id: 1,
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2004,
    class_name: 'Detection Finding',
    type_uid: 200401,
    time: 1772446020000,
    severity_id: 4,
    severity: 'High',
    status_id: 1,
    message: 'Credential dumping',
    metadata: { version: '1.3.0', product: { name: 'SomeEDR', vendor_name: 'Some' }, uid: 'x1' },
    finding_info: {
      uid: 'f-77',
      title: 'LSASS memory read',
      types: ['Credential Access'],
      attacks: [
        {
          version: '15',
          tactics: [{ uid: 'TA0006', name: 'Credential Access' }],
          technique: { uid: 'T1003', name: 'OS Credential Dumping' },
          sub_technique: { uid: 'T1003.001', name: 'LSASS Memory' },
        },
      ],
    },
    evidences: [
      {
        process: {
          name: 'procdump.exe',
          pid: 77,
          file: { path: 'C:\\tmp\\procdump.exe' },
          user: { name: 'alice' },
        },
        device: { hostname: 'pc07', ip: '10.0.0.7' },
      },
    ],
    device: { hostname: 'pc07', type_id: 2 },
    confidence_id: 3,
  },
];

/** The same kind of thing from a scanner that writes CSV, and the mapping for it. */
export const SCANNER_CSV = `when,finding,machine,risk
2026-03-02T10:07:00Z,Outdated TLS library,web01,3
2026-03-02T10:08:00Z,Remote code execution in shop plugin,web01,9
`;

export const SCANNER_MAPPING = `mapping: scanner
title: A scanner's findings
csv:
  columns: [when, finding, machine, risk]
detect:
  - - {path: when, is: scalar}
    - {path: finding, is: scalar}
    - {path: machine, is: scalar}
time: [when]
alert:
  name: [finding]
  severity: {paths: [risk], from: {low: 1, medium: 4, high: 8}}
entities:
  - {type: host, role: target, fields: [machine]}
`;
