import type { MappingDocument, VocabularyDocument } from '../mapping.ts';
import { FALCO, GUARDDUTY, MICROSOFT_ALERT, WAZUH } from './alerts.ts';
import { FORTIGATE, OPENCANARY, PALOALTO } from './appliances.ts';
import { APP_JVM, APP_NODE, APP_PYTHON, APP_RAILS, CISCO_SYSLOG, DATABASE } from './applications.ts';
import { CLOUDTRAIL, CLOUDTRAIL_EVENTBRIDGE, CLOUDTRAIL_FILEBEAT, CLOUDTRAIL_LOOKUP } from './aws.ts';
import {
  AZURE_ACTIVITY,
  AZURE_DIAGNOSTICS,
  AZURE_TABLES,
  ENTRA_AUDIT,
  ENTRA_RISK,
  ENTRA_SIGNIN,
} from './azure.ts';
import { CEF } from './cef.ts';
import { DEFENDER_XDR } from './defender.ts';
import { ECS } from './ecs.ts';
import { GCP_AUDIT, GCP_AUDIT_PUBSUB, GOOGLE_WORKSPACE } from './google.ts';
import { KUBERNETES_AKS, KUBERNETES_AUDIT } from './kubernetes.ts';
import { AUDITD, AUDITD_LAUREL, JOURNALD, SYSLOG } from './linux.ts';
import { M365_AUDIT, M365_AUDIT_EXPORT } from './m365.ts';
import { MACOS_ESF, MACOS_UNIFIED } from './macos.ts';
import { DNS_GENERIC, FIREWALL_GENERIC, SURICATA, ZEEK, ZEEK_LOGS_BARE } from './network.ts';
import { OCSF } from './ocsf.ts';
import { BITBUCKET_AUDIT, CISCO_DUO, GITHUB_AUDIT, OKTA, ONELOGIN } from './saas.ts';
import { APACHE, MODSECURITY, NGINX, PROXY_GENERIC, PROXY_W3C, WEB_GENERIC, WEB_W3C } from './web.ts';
import { WINDOWS } from './windows.ts';
import {
  SYSMON_BARE,
  WINDOWS_EVTXECMD,
  WINDOWS_FLAT,
  WINDOWS_LOGNAME,
  WINDOWS_NESTED,
  WINDOWS_SYSTEM,
  WINDOWS_TABLE,
  WINDOWS_WAZUH,
  WINDOWS_WINLOGBEAT,
  WINDOWS_WINLOGBEAT_6,
} from './windows-shapes.ts';

/** The tables that several mappings share. */
export const VOCABULARIES: readonly VocabularyDocument[] = [WINDOWS];

/**
 * Our mappings in order of priority. What is met most comes first, as far as no two of them fit one record; where they do, the more
 * particular one stands before the more general, and the ones by generic names come last.
 */
export const MAPPINGS: readonly MappingDocument[] = [
  WINDOWS_FLAT,
  WINDOWS_NESTED,
  CLOUDTRAIL,
  WINDOWS_TABLE,
  WINDOWS_WINLOGBEAT,
  WINDOWS_WINLOGBEAT_6,
  WINDOWS_SYSTEM,
  WINDOWS_WAZUH,
  WINDOWS_EVTXECMD,
  WINDOWS_LOGNAME,
  SYSMON_BARE,
  DEFENDER_XDR,
  MICROSOFT_ALERT,
  OCSF,
  GUARDDUTY,
  CLOUDTRAIL_EVENTBRIDGE,
  CLOUDTRAIL_LOOKUP,
  CLOUDTRAIL_FILEBEAT,
  ECS,
  KUBERNETES_AUDIT,
  KUBERNETES_AKS,
  AZURE_DIAGNOSTICS,
  AZURE_TABLES,
  ENTRA_RISK,
  ENTRA_AUDIT,
  ENTRA_SIGNIN,
  AZURE_ACTIVITY,
  M365_AUDIT,
  M365_AUDIT_EXPORT,
  GCP_AUDIT,
  GCP_AUDIT_PUBSUB,
  GOOGLE_WORKSPACE,
  OKTA,
  GITHUB_AUDIT,
  BITBUCKET_AUDIT,
  CISCO_DUO,
  ONELOGIN,
  AUDITD,
  AUDITD_LAUREL,
  JOURNALD,
  ...MACOS_ESF,
  MACOS_UNIFIED,
  WAZUH,
  FALCO,
  ZEEK,
  SURICATA,
  ...ZEEK_LOGS_BARE,
  CEF,
  FORTIGATE,
  PALOALTO,
  OPENCANARY,
  MODSECURITY,
  NGINX,
  APACHE,
  WEB_W3C,
  PROXY_W3C,
  PROXY_GENERIC,
  WEB_GENERIC,
  CISCO_SYSLOG,
  SYSLOG,
  DATABASE,
  APP_JVM,
  APP_PYTHON,
  APP_NODE,
  APP_RAILS,
  FIREWALL_GENERIC,
  DNS_GENERIC,
];
