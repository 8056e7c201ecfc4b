import type { EntityDocument, FieldTable, MappingDocument } from '../mapping.ts';

const FIELDS: FieldTable = {
  apiGroup: ['apiGroup', 'objectRef.apiGroup'],
  hostPath: [
    'hostPath',
    'requestObject.spec.volumes.hostPath.path',
    'requestObject.spec.template.spec.volumes.hostPath.path',
  ],
  capabilities: [
    'capabilities',
    'requestObject.spec.containers.securityContext.capabilities.add',
    'requestObject.spec.template.spec.containers.securityContext.capabilities.add',
  ],
};

const ENTITIES: readonly EntityDocument[] = [
  { type: 'user', role: 'actor', fields: ['user.username', 'impersonatedUser.username'] },
  { type: 'ip', role: 'source', fields: ['sourceIPs'] },
  { type: 'cloud_resource', role: 'target', fields: ['requestURI'] },
  { type: 'container', role: 'target', fields: ['objectRef.name'] },
];

const LOGSOURCE = { products: ['kubernetes'], categories: ['application'], services: ['audit'] };

/** Audit events of the Kubernetes API server. */
export const KUBERNETES_AUDIT: MappingDocument = {
  mapping: 'kubernetes-audit',
  title: 'Kubernetes audit',
  detect: [
    [
      { path: 'auditID', is: 'scalar' },
      { path: 'verb', is: 'scalar' },
    ],
    [
      { path: 'apiVersion', startswith: ['audit.k8s.io/'] },
      { path: 'verb', is: 'scalar' },
    ],
  ],
  logsource: LOGSOURCE,
  fields: FIELDS,
  time: ['requestReceivedTimestamp', 'stageTimestamp', 'timestamp', '@timestamp'],
  entities: ENTITIES,
};

/** The same inside a diagnostic record of Azure Kubernetes Service. */
export const KUBERNETES_AKS: MappingDocument = {
  mapping: 'kubernetes-audit-aks',
  title: 'Kubernetes audit of Azure Kubernetes Service',
  detect: [
    [
      { path: 'category', equals: ['kube-audit', 'kube-audit-admin'] },
      { path: 'properties.log', is: 'scalar' },
    ],
    [
      { path: 'Category', equals: ['kube-audit', 'kube-audit-admin'] },
      { path: 'log_s', is: 'scalar' },
    ],
  ],
  lift: [
    { kind: 'json', from: 'properties.log' },
    { kind: 'json', from: 'log_s' },
  ],
  logsource: LOGSOURCE,
  fields: FIELDS,
  time: ['requestReceivedTimestamp', 'stageTimestamp', 'time', 'TimeGenerated'],
  entities: ENTITIES,
};
