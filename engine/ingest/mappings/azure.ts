// Past 400 lines: a table of names in three spellings.
import type { ClassDocument, EntityDocument, FieldTable, LiftDocument, MappingDocument } from '../mapping.ts';

/**
 * The same record comes in three spellings: diagnostic settings (`properties.…`, camel case), Microsoft Graph (camel case) and Log
 * Analytics (first letter in upper case). The rules mix all three.
 */
const LOOKUP = ['{}', '{camel}', '{pascal}', 'properties.{camel}', 'properties.{}'];

const ACTIVITY = [
  'properties.message',
  'activityDisplayName',
  'ActivityDisplayName',
  'properties.activityDisplayName',
  'operationName',
  'OperationName',
];

const ENTITIES: readonly EntityDocument[] = [
  {
    type: 'user',
    role: 'actor',
    fields: [
      'userPrincipalName',
      'UserPrincipalName',
      'properties.userPrincipalName',
      'initiatedBy.user.userPrincipalName',
      'InitiatedBy.user.userPrincipalName',
      'properties.initiatedBy.user.userPrincipalName',
      'caller',
      'Caller',
      'identity.claims.upn',
    ],
  },
  {
    type: 'ip',
    role: 'source',
    fields: [
      'callerIpAddress',
      'CallerIpAddress',
      'ipAddress',
      'IPAddress',
      'properties.ipAddress',
      'initiatedBy.user.ipAddress',
      'properties.initiatedBy.user.ipAddress',
    ],
  },
  {
    type: 'user',
    role: 'target',
    fields: [
      'targetResources.userPrincipalName',
      'TargetResources.userPrincipalName',
      'properties.targetResources.userPrincipalName',
    ],
  },
  {
    type: 'application',
    role: 'actor',
    fields: ['appDisplayName', 'AppDisplayName', 'properties.appDisplayName'],
  },
  { type: 'cloud_resource', role: 'target', fields: ['resourceId', 'ResourceId', '_ResourceId'] },
];

/** Columns that Log Analytics exports as texts holding JSON. */
/** What was changed, by its name: values are texts of JSON (`"True"`, quotes and all). */
const CHANGED: readonly LiftDocument[] = [
  'properties.targetResources',
  'targetResources',
  'TargetResources',
].map((targets) => ({
  kind: 'pairs',
  from: `${targets}.modifiedProperties`,
  is: 'array',
  into: 'changed',
  name: ['displayName'],
  value: ['newValue'],
  encoding: 'json',
}));

const JSON_COLUMNS: MappingDocument['lift'] = [
  { kind: 'json', from: 'TargetResources', as: 'TargetResources' },
  { kind: 'json', from: 'InitiatedBy', into: 'InitiatedByParsed' },
  { kind: 'json', from: 'DeviceDetail', into: 'DeviceDetailParsed' },
  { kind: 'json', from: 'properties', into: 'propertiesParsed' },
  { kind: 'json', from: 'Properties', into: 'propertiesParsed' },
  ...CHANGED,
];

/** Diagnostic settings and tables say by `category` or `Type` which log it is. */
const SERVICES: readonly ClassDocument[] = [
  {
    when: {
      log: [
        'SignInLogs',
        'SigninLogs',
        'NonInteractiveUserSignInLogs',
        'ServicePrincipalSignInLogs',
        'ManagedIdentitySignInLogs',
        'ADFSSignInLogs',
        'AADNonInteractiveUserSignInLogs',
        'AADServicePrincipalSignInLogs',
        'AADManagedIdentitySignInLogs',
      ],
    },
    logsource: { services: ['signinlogs'] },
  },
  { when: { log: ['AuditLogs'] }, logsource: { services: ['auditlogs'] } },
  {
    when: {
      log: [
        'RiskyUsers',
        'UserRiskEvents',
        'RiskyServicePrincipals',
        'ServicePrincipalRiskEvents',
        'AADUserRiskEvents',
        'AADRiskyUsers',
      ],
    },
    logsource: { services: ['riskdetection'] },
  },
  {
    when: {
      log: [
        'Administrative',
        'Security',
        'ServiceHealth',
        'Alert',
        'Recommendation',
        'Policy',
        'Autoscale',
        'ResourceHealth',
        'AzureActivity',
      ],
    },
    logsource: { services: ['activitylogs'] },
  },
];

const KNOWN_LOGS = [...new Set(SERVICES.flatMap((row) => row.when['log'] ?? []))];

const FIELDS: FieldTable = {
  ResultType: ['ResultType', 'resultType', 'status.errorCode', 'properties.status.errorCode', 'errorCode'],
  resultType: ['resultType', 'ResultType', 'status.errorCode', 'properties.status.errorCode', 'errorCode'],
  ResultDescription: [
    'ResultDescription',
    'resultDescription',
    'status.failureReason',
    'properties.status.failureReason',
  ],
  Resultdescription: [
    'Resultdescription',
    'ResultDescription',
    'resultDescription',
    'status.failureReason',
    'properties.status.failureReason',
  ],
  ClientApp: ['ClientApp', 'clientAppUsed', 'ClientAppUsed', 'properties.clientAppUsed'],
  Username: ['Username', 'userPrincipalName', 'UserPrincipalName', 'properties.userPrincipalName'],
  TargetUserName: [
    'TargetUserName',
    'userPrincipalName',
    'UserPrincipalName',
    'properties.userPrincipalName',
  ],
  callerIpAddress: ['callerIpAddress', 'CallerIpAddress', 'ipAddress', 'IPAddress', 'properties.ipAddress'],
  location: [
    'location.countryOrRegion',
    'properties.location.countryOrRegion',
    'location',
    'Location',
    'properties.location',
  ],
  'DeviceDetail.trusttype': [
    'DeviceDetail.trusttype',
    'deviceDetail.trustType',
    'DeviceDetail.trustType',
    'properties.deviceDetail.trustType',
    'DeviceDetailParsed.trustType',
  ],
  'DeviceDetail.isCompliant': [
    'DeviceDetail.isCompliant',
    'deviceDetail.isCompliant',
    'properties.deviceDetail.isCompliant',
    'DeviceDetailParsed.isCompliant',
  ],
  'DeviceDetail.deviceId': [
    'DeviceDetail.deviceId',
    'deviceDetail.deviceId',
    'properties.deviceDetail.deviceId',
    'DeviceDetailParsed.deviceId',
  ],
  'properties.message': ACTIVITY,
  ActivityDisplayName: ACTIVITY,
  ActivityType: ['ActivityType', 'activityType', ...ACTIVITY],
  activityType: ['activityType', 'ActivityType', ...ACTIVITY],
  operationName: ['operationName.value', 'operationName', 'OperationName', 'OperationNameValue', ...ACTIVITY],
  OperationName: ['OperationName', 'operationName.value', 'operationName', 'OperationNameValue', ...ACTIVITY],
  OperationNameValue: ['OperationNameValue', 'operationName.value', 'operationName', 'OperationName'],
  CategoryValue: ['CategoryValue', 'category.value', 'category', 'Category'],
  ResourceProviderValue: [
    'ResourceProviderValue',
    'resourceProviderName.value',
    'resourceProviderName',
    'ResourceProvider',
    'properties.resourceProviderValue',
  ],
  ResourceId: ['ResourceId', 'resourceId', '_ResourceId'],
  Initiatedby: [
    'Initiatedby',
    'initiatedBy.user.userPrincipalName',
    'InitiatedBy.user.userPrincipalName',
    'properties.initiatedBy.user.userPrincipalName',
    'InitiatedByParsed.user.userPrincipalName',
  ],
  'Initiatied.By': [
    'Initiatied.By',
    'initiatedBy.user.userPrincipalName',
    'InitiatedBy.user.userPrincipalName',
    'properties.initiatedBy.user.userPrincipalName',
    'InitiatedByParsed.user.userPrincipalName',
  ],
  'properties.initiatedBy': [
    'properties.initiatedBy.user.userPrincipalName',
    'initiatedBy.user.userPrincipalName',
    'InitiatedBy.user.userPrincipalName',
    'properties.initiatedBy',
  ],
  Target: [
    'Target',
    'targetResources.userPrincipalName',
    'targetResources.displayName',
    'properties.targetResources.userPrincipalName',
    'TargetResources.userPrincipalName',
  ],
  TargetResources: [
    'TargetResources.id',
    'targetResources.id',
    'properties.targetResources.id',
    'TargetResources',
  ],
  'properties.targetResources': [
    'properties.targetResources.modifiedProperties.newValue',
    'targetResources.modifiedProperties.newValue',
    'TargetResources.modifiedProperties.newValue',
    'properties.targetResources.displayName',
    'targetResources.displayName',
    'properties.targetResources',
  ],
  'TargetResources.modifiedProperties': [
    'TargetResources.modifiedProperties.displayName',
    'targetResources.modifiedProperties.displayName',
    'properties.targetResources.modifiedProperties.displayName',
    'TargetResources.modifiedProperties',
  ],
  'ConsentContext.IsAdminConsent': ['changed.ConsentContext.IsAdminConsent'],
  'ConsentContext.OnBehalfOfAll': ['changed.ConsentContext.OnBehalfOfAll'],
  'ConsentContext.IsAppOnly': ['changed.ConsentContext.IsAppOnly'],
  'ConsentAction.Permissions': ['changed.ConsentAction.Permissions'],
  'AppRole.Value': ['changed.AppRole.Value'],
  'Role.DisplayName': ['changed.Role.DisplayName'],
  'additionalDetails.additionalInfo': [
    'additionalDetails.additionalInfo',
    'additionalDetails.value',
    'properties.additionalDetails.value',
    'AdditionalDetails.value',
  ],
  riskEventType: [
    'riskEventType',
    'RiskEventType',
    'properties.riskEventType',
    'alertType',
    'properties.alertType',
  ],
  failure_status_reason: ['failure_status_reason', 'resultReason', 'ResultReason', 'properties.resultReason'],
};

/** In sign-ins `Status` is the outcome with its reason, in audit records the result. */
const SIGNIN_STATUS: FieldTable = {
  Status: [
    'status.additionalDetails',
    'properties.status.additionalDetails',
    'Status.additionalDetails',
    'Status',
    'resultSignature',
    'ResultSignature',
  ],
};
const AUDIT_STATUS: FieldTable = {
  Status: ['Status', 'result', 'Result', 'properties.result', 'resultSignature', 'ResultSignature'],
  category: ['properties.category', 'category', 'Category'],
  Category: ['properties.category', 'Category', 'category'],
};

const TIMES = [
  'properties.createdDateTime',
  'properties.activityDateTime',
  'createdDateTime',
  'activityDateTime',
  'ActivityDateTime',
  'CreatedDateTime',
  'detectedDateTime',
  'activityDateTime',
  'eventTimestamp',
  'time',
  'TimeGenerated',
  'EventSubmissionTimestamp',
];

const LOG_PATHS = ['Type', 'category.value', 'category', 'Category', 'CategoryValue'];

/** Diagnostic settings (Event Hub, storage account): an envelope of `time`, `resourceId`, `category` around `properties`. */
export const AZURE_DIAGNOSTICS: MappingDocument = {
  mapping: 'azure-diagnostics',
  title: 'Azure and Entra logs of diagnostic settings',
  detect: [
    [
      { path: 'category', equals: KNOWN_LOGS },
      { path: 'operationName', is: 'scalar' },
      { path: 'resourceId', is: 'scalar' },
    ],
    [
      { path: 'category', equals: KNOWN_LOGS },
      { path: 'operationName', is: 'scalar' },
      { path: 'tenantId', is: 'scalar' },
      { path: 'properties' },
    ],
  ],
  lift: JSON_COLUMNS,
  discriminators: [{ name: 'log', paths: ['category'], values: KNOWN_LOGS }],
  logsource: { products: ['azure'] },
  classes: [
    ...SERVICES,
    { when: { log: ['*SignInLogs'] }, fields: SIGNIN_STATUS },
    { when: { log: ['AuditLogs'] }, fields: AUDIT_STATUS },
  ],
  lookup: [...LOOKUP, 'propertiesParsed.{camel}'],
  fields: FIELDS,
  time: TIMES,
  id: ['properties.id', 'eventDataId', 'properties.eventDataId'],
  entities: ENTITIES,
};

/** Tables of Log Analytics and Sentinel, which name themselves in `Type`. */
export const AZURE_TABLES: MappingDocument = {
  mapping: 'azure-tables',
  title: 'Azure and Entra tables of Log Analytics',
  detect: [
    [
      { path: 'Type', equals: KNOWN_LOGS },
      { path: 'TimeGenerated', is: 'scalar' },
    ],
    [
      { path: 'OperationNameValue', is: 'scalar' },
      { path: 'CategoryValue', is: 'scalar' },
    ],
  ],
  lift: JSON_COLUMNS,
  discriminators: [{ name: 'log', paths: LOG_PATHS, values: KNOWN_LOGS }],
  logsource: { products: ['azure'] },
  classes: [
    ...SERVICES,
    { when: { log: ['*SignInLogs'] }, fields: SIGNIN_STATUS },
    { when: { log: ['AuditLogs'] }, fields: AUDIT_STATUS },
  ],
  lookup: [...LOOKUP, 'propertiesParsed.{camel}'],
  fields: FIELDS,
  time: TIMES,
  id: ['Id', '_ItemId', 'EventDataId'],
  entities: ENTITIES,
};

/** Sign-ins as Microsoft Graph and the portal's download give them. */
export const ENTRA_SIGNIN: MappingDocument = {
  mapping: 'entra-signin',
  title: 'Entra sign-ins of Microsoft Graph',
  detect: [
    [
      { path: 'createdDateTime', is: 'scalar' },
      { path: 'userPrincipalName', is: 'scalar' },
      { path: 'appDisplayName' },
      { path: 'riskEventType', absent: true },
    ],
    [
      { path: 'createdDateTime', is: 'scalar' },
      { path: 'conditionalAccessStatus', is: 'scalar' },
      { path: 'appId' },
    ],
  ],
  logsource: { products: ['azure'], services: ['signinlogs'] },
  lookup: LOOKUP,
  fields: { ...FIELDS, ...SIGNIN_STATUS },
  time: TIMES,
  id: ['id'],
  entities: ENTITIES,
};

/** Directory audits as Microsoft Graph gives them. */
export const ENTRA_AUDIT: MappingDocument = {
  mapping: 'entra-audit',
  title: 'Entra directory audits of Microsoft Graph',
  detect: [
    [
      { path: 'activityDisplayName', is: 'scalar' },
      { path: 'activityDateTime', is: 'scalar' },
    ],
  ],
  lift: CHANGED,
  logsource: { products: ['azure'], services: ['auditlogs'] },
  lookup: LOOKUP,
  fields: { ...FIELDS, ...AUDIT_STATUS },
  time: TIMES,
  id: ['id'],
  entities: ENTITIES,
};

/** Risk detections of Entra ID Protection and alerts of Privileged Identity Management. */
export const ENTRA_RISK: MappingDocument = {
  mapping: 'entra-risk',
  title: 'Entra risk detections and PIM alerts of Microsoft Graph',
  detect: [[{ path: 'riskEventType', is: 'scalar' }]],
  logsource: { products: ['azure'], services: ['riskdetection', 'pim'] },
  lookup: LOOKUP,
  fields: FIELDS,
  time: TIMES,
  id: ['id'],
  entities: ENTITIES,
};

/** The activity log as Azure's REST interface and command line give it. */
export const AZURE_ACTIVITY: MappingDocument = {
  mapping: 'azure-activity',
  title: 'Azure activity log of the REST interface',
  detect: [
    [
      { path: 'eventTimestamp', is: 'scalar' },
      { path: 'operationName.value', is: 'scalar' },
    ],
    [
      { path: 'operationName', is: 'scalar' },
      { path: 'resourceId', is: 'scalar' },
      { path: 'caller', is: 'scalar' },
    ],
  ],
  logsource: { products: ['azure'], services: ['activitylogs'] },
  lookup: LOOKUP,
  fields: FIELDS,
  time: TIMES,
  id: ['eventDataId', 'id'],
  entities: ENTITIES,
};
