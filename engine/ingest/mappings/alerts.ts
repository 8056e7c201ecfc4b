import type { AlertDocument } from '../alert-spec.ts';
import type { MappingDocument } from '../mapping.ts';

/** Wazuh's levels 0–16, by the words of its documentation: 12 is "high importance", 15 "severe attack, no chance of false positives". */
export const WAZUH_ALERT: AlertDocument = {
  product: 'wazuh',
  name: ['rule.description'],
  id: ['rule.id'],
  severity: {
    paths: ['rule.level'],
    from: { informational: '0', low: '4', medium: '7', high: '12', critical: '15' },
  },
  tags: ['rule.mitre.id', 'rule.mitre.tactic', 'rule.mitre.technique'],
};

/** Alerts of Wazuh about anything but Windows event logs, which have a mapping of their own. */
export const WAZUH: MappingDocument = {
  mapping: 'wazuh',
  title: 'Wazuh alerts',
  detect: [
    [
      { path: 'rule.level', is: 'scalar' },
      { path: 'rule.description', is: 'scalar' },
      { path: 'agent', is: 'object' },
    ],
    [
      { path: 'rule.level', is: 'scalar' },
      { path: 'rule.description', is: 'scalar' },
      { path: 'decoder', is: 'object' },
    ],
  ],
  lookup: ['{}', 'data.{}'],
  paths: {
    src_ip: ['data.srcip', 'data.src_ip'],
    dst_ip: ['data.dstip', 'data.dest_ip'],
    Computer: ['agent.name', 'predecoder.hostname'],
  },
  time: ['timestamp', '@timestamp'],
  alert: WAZUH_ALERT,
  entities: [
    { type: 'host', role: 'target', fields: ['agent.name', 'predecoder.hostname'] },
    { type: 'ip', role: 'target', fields: ['agent.ip', 'data.dstip', 'data.dest_ip'] },
    { type: 'ip', role: 'source', fields: ['data.srcip', 'data.src_ip'] },
    { type: 'user', role: 'actor', fields: ['data.srcuser'] },
    { type: 'user', role: 'target', fields: ['data.dstuser'] },
    { type: 'file', role: 'target', fields: ['syscheck.path'] },
    { type: 'hash', role: 'target', fields: ['syscheck.sha256_after'] },
    { type: 'url', role: 'target', fields: ['data.url'] },
  ],
};

/** Suricata's priorities: 1 is the most severe. */
export const SURICATA_ALERT: AlertDocument = {
  product: 'suricata',
  name: ['alert.signature'],
  id: ['alert.signature_id'],
  severity: {
    paths: ['alert.severity'],
    levels: { '1': 'high', '2': 'medium', '3': 'low', '4': 'informational' },
  },
  tags: ['alert.metadata.mitre_technique_id', 'alert.metadata.mitre_tactic_id'],
};

const MICROSOFT_SEVERITY = { paths: ['severity', 'Severity', 'AlertSeverity', 'properties.Severity'] };

/** Alerts of Microsoft Graph (`alerts_v2`), of Defender's advanced hunting (`AlertInfo`) and of Sentinel (`SecurityAlert`). */
export const MICROSOFT_ALERT: MappingDocument = {
  mapping: 'microsoft-alert',
  title: 'Microsoft security alerts',
  detect: [
    [
      { path: 'title', is: 'scalar' },
      { path: 'severity', is: 'scalar' },
      { path: 'createdDateTime', is: 'scalar' },
      { path: 'detectionSource', is: 'scalar' },
    ],
    [
      { path: 'title', is: 'scalar' },
      { path: 'severity', is: 'scalar' },
      { path: 'createdDateTime', is: 'scalar' },
      { path: 'serviceSource', is: 'scalar' },
    ],
    [
      { path: 'AlertId', is: 'scalar' },
      { path: 'Title', is: 'scalar' },
      { path: 'Severity', is: 'scalar' },
    ],
    [
      { path: 'AlertName', is: 'scalar' },
      { path: 'AlertSeverity', is: 'scalar' },
      { path: 'ProductName', is: 'scalar' },
    ],
    [
      { path: 'category', equals: ['AdvancedHunting-AlertInfo'] },
      { path: 'properties', is: 'object' },
    ],
  ],
  lookup: ['{}', 'properties.{}'],
  logsource: { products: ['microsoft'], services: ['alert'] },
  lift: [
    { kind: 'json', from: 'Entities', as: 'Entities' },
    // Accounts, files and processes all have a `Name`; what one is about is told by its `Type`.
    { kind: 'group', from: 'Entities', into: 'EntitiesOf', name: ['Type', 'type'] },
  ],
  time: [
    'firstActivityDateTime',
    'createdDateTime',
    'StartTime',
    'Timestamp',
    'properties.Timestamp',
    'TimeGenerated',
    'time',
  ],
  alert: {
    product: 'microsoft',
    name: ['title', 'Title', 'AlertName', 'properties.Title'],
    severity: MICROSOFT_SEVERITY,
    tags: [
      'mitreTechniques',
      'category',
      'AttackTechniques',
      'properties.AttackTechniques',
      'Category',
      'properties.Category',
      'Tactics',
      'Techniques',
    ],
  },
  entities: [
    {
      type: 'host',
      role: 'target',
      fields: [
        'evidence.deviceDnsName',
        'evidence.hostName',
        'DeviceName',
        'CompromisedEntity',
        'EntitiesOf.host.HostName',
      ],
    },
    {
      type: 'user',
      role: 'actor',
      fields: [
        'evidence.userAccount.userPrincipalName',
        'evidence.userAccount.accountName',
        'evidence.primaryAddress',
        'AccountUpn',
        'EntitiesOf.account.Name',
        'EntitiesOf.mailbox.MailboxPrimaryAddress',
      ],
    },
    {
      type: 'ip',
      role: 'source',
      fields: ['evidence.ipAddress', 'evidence.senderIp', 'RemoteIP', 'EntitiesOf.ip.Address'],
    },
    {
      type: 'hash',
      role: 'actor',
      fields: [
        'evidence.fileDetails.sha256',
        'evidence.imageFile.sha256',
        'SHA256',
        'SHA1',
        'EntitiesOf.filehash.Value',
      ],
    },
    {
      type: 'file',
      role: 'target',
      fields: ['evidence.fileDetails.fileName', 'FileName', 'EntitiesOf.file.Name'],
    },
    { type: 'url', role: 'target', fields: ['evidence.url', 'RemoteUrl', 'EntitiesOf.url.Url'] },
    { type: 'cloud_resource', role: 'target', fields: ['evidence.resourceId', 'ResourceId'] },
    { type: 'application', role: 'actor', fields: ['evidence.displayName', 'Application'] },
  ],
};

/** Amazon GuardDuty's findings: bare, as its API and console print them, and by way of EventBridge. */
export const GUARDDUTY: MappingDocument = {
  mapping: 'aws-guardduty',
  title: 'Amazon GuardDuty findings',
  detect: [
    [
      { path: 'service.serviceName', equals: ['guardduty'] },
      { path: 'type', is: 'scalar' },
      { path: 'severity', is: 'scalar' },
    ],
    [
      { path: 'schemaVersion', is: 'scalar' },
      { path: 'resource.resourceType', is: 'scalar' },
      { path: 'severity', is: 'scalar' },
    ],
    [
      { path: 'Service.ServiceName', equals: ['guardduty'] },
      { path: 'Type', is: 'scalar' },
    ],
    [
      { path: 'detail-type', equals: ['GuardDuty Finding'] },
      { path: 'detail', is: 'object' },
    ],
  ],
  lookup: ['{}', 'detail.{}'],
  logsource: { products: ['aws'], services: ['guardduty'] },
  time: [
    'service.eventLastSeen',
    'detail.service.eventLastSeen',
    'Service.EventLastSeen',
    'updatedAt',
    'detail.updatedAt',
    'UpdatedAt',
    'time',
  ],
  alert: {
    product: 'guardduty',
    name: ['type', 'detail.type', 'Type'],
    // GuardDuty's documentation: 1–3.9 low, 4–6.9 medium, 7–8.9 high, 9–10 critical.
    severity: {
      paths: ['severity', 'detail.severity', 'Severity'],
      from: { low: '1', medium: '4', high: '7', critical: '9' },
    },
    confidence: ['confidence', 'detail.confidence', 'Confidence'],
  },
  entities: [
    {
      type: 'key',
      role: 'actor',
      fields: ['resource.accessKeyDetails.accessKeyId', 'Resource.AccessKeyDetails.AccessKeyId'],
    },
    {
      type: 'user',
      role: 'actor',
      fields: [
        'resource.accessKeyDetails.userName',
        'Resource.AccessKeyDetails.UserName',
        'resource.kubernetesDetails.kubernetesUserDetails.username',
      ],
    },
    {
      type: 'ip',
      role: 'source',
      fields: [
        'service.action.awsApiCallAction.remoteIpDetails.ipAddressV4',
        'service.action.networkConnectionAction.remoteIpDetails.ipAddressV4',
        'service.action.portProbeAction.portProbeDetails.remoteIpDetails.ipAddressV4',
        'service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4',
        'Service.Action.AwsApiCallAction.RemoteIpDetails.IpAddressV4',
        'Service.Action.NetworkConnectionAction.RemoteIpDetails.IpAddressV4',
      ],
    },
    {
      type: 'cloud_resource',
      role: 'target',
      fields: [
        'resource.instanceDetails.instanceId',
        'Resource.InstanceDetails.InstanceId',
        'resource.s3BucketDetails.name',
        'resource.eksClusterDetails.arn',
        'resource.lambdaDetails.functionArn',
        'resource.rdsDbInstanceDetails.dbInstanceIdentifier',
      ],
    },
    {
      type: 'domain',
      role: 'target',
      fields: ['service.action.dnsRequestAction.domain', 'Service.Action.DnsRequestAction.Domain'],
    },
    {
      type: 'container',
      role: 'target',
      fields: ['resource.containerDetails.id', 'resource.kubernetesDetails.kubernetesWorkloadDetails.name'],
    },
  ],
};

/** Falco's JSON output; priorities are those of syslog. */
export const FALCO: MappingDocument = {
  mapping: 'falco',
  title: 'Falco alerts',
  detect: [
    [
      { path: 'rule', is: 'scalar' },
      { path: 'priority', is: 'scalar' },
      { path: 'output_fields', is: 'object' },
    ],
    [
      { path: 'rule', is: 'scalar' },
      { path: 'priority', is: 'scalar' },
      { path: 'output', is: 'scalar' },
    ],
  ],
  lookup: ['{}', 'output_fields.{}'],
  logsource: { products: ['falco'] },
  time: ['time', 'output_fields.evt.time'],
  alert: {
    product: 'falco',
    name: ['rule'],
    severity: {
      paths: ['priority'],
      levels: {
        emergency: 'critical',
        alert: 'critical',
        critical: 'critical',
        error: 'high',
        warning: 'medium',
        notice: 'low',
        informational: 'informational',
        info: 'informational',
        debug: 'informational',
      },
    },
    tags: ['tags'],
  },
  entities: [
    { type: 'host', role: 'target', fields: ['hostname', 'output_fields.evt.hostname'] },
    { type: 'user', role: 'actor', fields: ['output_fields.user.name', 'output_fields.ka.user.name'] },
    { type: 'container', role: 'target', fields: ['output_fields.container.id'] },
    { type: 'container', role: 'source', fields: ['output_fields.k8s.pod.name'] },
    { type: 'file', role: 'actor', fields: ['output_fields.proc.exepath'] },
    { type: 'file', role: 'target', fields: ['output_fields.fs.path.name'] },
    { type: 'ip', role: 'target', fields: ['output_fields.fd.sip'] },
    { type: 'ip', role: 'source', fields: ['output_fields.fd.cip'] },
  ],
};

/** OCSF's findings: the classes of alerts, not those of events. */
export const OCSF_ALERT: AlertDocument = {
  product: 'ocsf',
  name: ['finding_info.title', 'finding.title', 'finding_info.analytic.name', 'malware.name'],
  id: ['finding_info.analytic.uid'],
  severity: {
    paths: ['severity_id', 'severity'],
    levels: {
      '0': 'medium',
      '1': 'informational',
      '2': 'low',
      '3': 'medium',
      '4': 'high',
      '5': 'critical',
      '6': 'critical',
      fatal: 'critical',
    },
  },
  confidence: ['confidence_score'],
  tags: [
    'attacks.technique.uid',
    'attacks.sub_technique.uid',
    'attacks.tactic.uid',
    'attacks.tactics.uid',
    'finding_info.attacks.technique.uid',
    'finding_info.attacks.sub_technique.uid',
    'finding_info.attacks.tactic.uid',
  ],
};
