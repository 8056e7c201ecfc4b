import type { ClassDocument, MappingDocument } from '../mapping.ts';
import { MESSAGE_ENTITIES, messageLifts } from './linux-messages.ts';

/** Record types of the Linux audit system that carry something to match on; others are recognised by their `msg`. */
const AUDIT_TYPES = [
  'SYSCALL',
  'EXECVE',
  'PATH',
  'CWD',
  'PROCTITLE',
  'SOCKADDR',
  'SOCKETCALL',
  'BPRM_FCAPS',
  'KERN_MODULE',
  'MMAP',
  'MQ_OPEN',
  'OBJ_PID',
  'FD_PAIR',
  'IPC',
  'CAPSET',
  'EOE',
  'ADD_USER',
  'DEL_USER',
  'ADD_GROUP',
  'DEL_GROUP',
  'USER_AUTH',
  'USER_ACCT',
  'USER_CMD',
  'USER_END',
  'USER_START',
  'USER_LOGIN',
  'USER_LOGOUT',
  'USER_ERR',
  'USER_MGMT',
  'USER_CHAUTHTOK',
  'USER_TTY',
  'USER_AVC',
  'USER_SELINUX_ERR',
  'USER_ROLE_CHANGE',
  'USER_MAC_CONFIG_CHANGE',
  'USER_MAC_POLICY_LOAD',
  'CRED_ACQ',
  'CRED_DISP',
  'CRED_REFR',
  'LOGIN',
  'TTY',
  'AVC',
  'SELINUX_ERR',
  'MAC_STATUS',
  'MAC_POLICY_LOAD',
  'MAC_CONFIG_CHANGE',
  'CONFIG_CHANGE',
  'DAEMON_START',
  'DAEMON_END',
  'DAEMON_ABORT',
  'DAEMON_CONFIG',
  'SERVICE_START',
  'SERVICE_STOP',
  'SYSTEM_BOOT',
  'SYSTEM_SHUTDOWN',
  'SYSTEM_RUNLEVEL',
  'SECCOMP',
  'ANOM_ABEND',
  'ANOM_PROMISCUOUS',
  'ANOM_LINK',
  'NETFILTER_CFG',
  'NETFILTER_PKT',
  'INTEGRITY_RULE',
  'CRYPTO_SESSION',
  'CRYPTO_KEY_USER',
  'ROLE_ASSIGN',
  'ROLE_REMOVE',
  'ACCT_LOCK',
  'ACCT_UNLOCK',
  'GRP_MGMT',
  'GRP_AUTH',
  'CHGRP_ID',
  'CHUSER_ID',
  'VIRT_CONTROL',
  'BPF',
];

/** One record of auditd a line, keys and values as its log has them. */
export const AUDITD: MappingDocument = {
  mapping: 'linux-auditd',
  title: 'Linux audit records, key by key',
  detect: [
    [
      { path: 'type', is: 'scalar' },
      { path: 'msg', is: 'scalar', startswith: ['audit('] },
    ],
    ...[
      'a0',
      'syscall',
      'SYSCALL',
      'exe',
      'comm',
      'key',
      'name',
      'proctitle',
      'cwd',
      'unit',
      'auid',
      'acct',
      'op',
    ].map((path) => [
      { path: 'type', equals: AUDIT_TYPES },
      { path, is: 'scalar' as const },
    ]),
  ],
  discriminators: [{ name: 'type', paths: ['type'], field: 'type', values: AUDIT_TYPES }],
  logsource: { products: ['linux'], services: ['auditd'] },
  fields: {
    SYSCALL: ['SYSCALL', 'syscall'],
    cmdline: ['cmdline', 'cmd', 'proctitle'],
    User: ['AUID', 'acct', 'auid'],
    Image: ['exe'],
  },
  time: ['time', 'msg', '@timestamp', 'timestamp', '__REALTIME_TIMESTAMP'],
  entities: [
    { type: 'user', role: 'actor', fields: ['AUID', 'acct'] },
    { type: 'host', role: 'target', fields: ['node', 'hostname'] },
    { type: 'file', role: 'actor', fields: ['exe'] },
    { type: 'file', role: 'target', fields: ['name'] },
    { type: 'ip', role: 'source', fields: ['addr'] },
  ],
};

/** Laurel: one event of auditd a line, its records as members. */
export const AUDITD_LAUREL: MappingDocument = {
  mapping: 'linux-laurel',
  title: 'Linux audit events of Laurel',
  detect: [
    [
      { path: 'ID', is: 'scalar' },
      { path: 'SYSCALL', is: 'object' },
    ],
  ],
  lift: [
    { kind: 'join', from: 'EXECVE.ARGV', into: 'EXECVE', as: 'ARGV_STR' },
    { kind: 'join', from: 'PROCTITLE.ARGV', into: 'PROCTITLE', as: 'ARGV_STR' },
  ],
  discriminators: [
    {
      name: 'syscall',
      paths: ['SYSCALL.SYSCALL'],
      field: 'SYSCALL',
      values: ['execve', 'execveat', 'connect', 'openat', 'open', 'creat'],
    },
  ],
  logsource: { products: ['linux'], services: ['auditd'] },
  classes: [
    {
      when: { syscall: ['execve', 'execveat'] },
      logsource: { categories: ['process_creation'] },
      constants: { type: 'EXECVE' },
    },
    {
      when: { syscall: ['connect'] },
      logsource: { categories: ['network_connection'] },
      constants: { type: 'SYSCALL' },
    },
    { when: { syscall: ['openat', 'open', 'creat', '-'] }, constants: { type: 'SYSCALL' } },
  ],
  lookup: ['SYSCALL.{}', '{}'],
  paths: {
    SYSCALL: ['SYSCALL.SYSCALL'],
    Image: ['SYSCALL.exe'],
    CommandLine: ['EXECVE.ARGV_STR', 'PROCTITLE.ARGV_STR'],
    CurrentDirectory: ['CWD.cwd'],
    ParentImage: ['PARENT_INFO.exe'],
    User: ['SYSCALL.UID', 'SYSCALL.AUID'],
    DestinationIp: ['SOCKADDR.SADDR.addr'],
    DestinationPort: ['SOCKADDR.SADDR.port'],
    name: ['PATH.name'],
    Computer: ['NODE', 'node'],
  },
  time: ['ID', '@timestamp'],
  entities: [
    { type: 'host', role: 'target', fields: ['NODE'] },
    { type: 'file', role: 'target', fields: ['name'] },
  ],
};

/** Program names of the services that Sigma's Linux rules ask for. */
const PROGRAMS: readonly { readonly programs: readonly string[]; readonly services: readonly string[] }[] = [
  { programs: ['sshd', 'sshd-session', 'sshd-auth'], services: ['sshd', 'auth'] },
  { programs: ['sudo'], services: ['sudo', 'auth'] },
  {
    programs: [
      'su',
      'login',
      'gdm',
      'gdm-password',
      'systemd-logind',
      'polkitd',
      'pkexec',
      'passwd',
      'chpasswd',
      'chage',
    ],
    services: ['auth'],
  },
  {
    programs: [
      'useradd',
      'userdel',
      'usermod',
      'groupadd',
      'groupdel',
      'groupmod',
      'gpasswd',
      'pam*',
      'unix_chkpwd',
    ],
    services: ['auth'],
  },
  { programs: ['cron', 'crond', 'crontab', 'anacron'], services: ['cron'] },
  { programs: ['vsftpd'], services: ['vsftpd'] },
  { programs: ['clamd', 'clamscan', 'freshclam', 'clamav*'], services: ['clamav'] },
  { programs: ['guacd', 'guacamole*'], services: ['guacamole'] },
  { programs: ['auditd', 'audispd', 'audit'], services: ['auditd'] },
  { programs: ['nginx*'], services: ['nginx'] },
  { programs: ['apache*', 'httpd*'], services: ['apache'] },
];

const PROGRAM_CLASSES: readonly ClassDocument[] = PROGRAMS.map(({ programs, services }) => ({
  when: { program: programs },
  logsource: { services },
}));

/** journald's export as JSON. */
export const JOURNALD: MappingDocument = {
  mapping: 'linux-journald',
  title: 'systemd journal',
  detect: [
    [{ path: 'MESSAGE' }, { path: '__REALTIME_TIMESTAMP', is: 'scalar' }],
    [{ path: 'MESSAGE' }, { path: '_HOSTNAME', is: 'scalar' }],
    [{ path: 'MESSAGE' }, { path: 'SYSLOG_IDENTIFIER', is: 'scalar' }],
  ],
  lift: messageLifts(['MESSAGE']),
  discriminators: [{ name: 'program', paths: ['SYSLOG_IDENTIFIER', '_COMM'] }],
  logsource: { products: ['linux'], services: ['syslog'] },
  classes: PROGRAM_CLASSES,
  paths: {
    message: ['MESSAGE'],
    Message: ['MESSAGE'],
    Image: ['_EXE'],
    CommandLine: ['_CMDLINE'],
    Computer: ['_HOSTNAME'],
    program: ['SYSLOG_IDENTIFIER', '_COMM'],
  },
  time: ['_SOURCE_REALTIME_TIMESTAMP', '__REALTIME_TIMESTAMP', '@timestamp'],
  id: ['__CURSOR'],
  entities: [
    { type: 'host', role: 'target', fields: ['_HOSTNAME'] },
    { type: 'file', role: 'actor', fields: ['_EXE'] },
    ...MESSAGE_ENTITIES,
  ],
};

const MESSAGE_PATHS = ['message', 'msg', 'MESSAGE', 'Message', 'log', 'content'];
const PROGRAM_PATHS = [
  'program',
  'programname',
  'ident',
  'appname',
  'app_name',
  'app-name',
  'syslog_identifier',
  'process.name',
  'tag',
  'syslogtag',
  'PROGRAM',
];

/** syslog as JSON, by rsyslog, syslog-ng, Fluentd, Vector or Logstash: a host, a program and a message. */
export const SYSLOG: MappingDocument = {
  mapping: 'syslog',
  title: 'syslog as JSON',
  detect: ['program', 'programname', 'ident', 'appname', 'app_name', 'syslogtag', 'PROGRAM'].flatMap(
    (program) =>
      ['message', 'msg', 'MESSAGE'].map((message) => [
        { path: program, is: 'scalar' as const },
        { path: message, is: 'scalar' as const },
      ]),
  ),
  lift: messageLifts(['message', 'msg', 'MESSAGE']),
  discriminators: [{ name: 'program', paths: PROGRAM_PATHS }],
  logsource: { products: ['linux'], services: ['syslog'] },
  classes: PROGRAM_CLASSES,
  paths: {
    message: MESSAGE_PATHS,
    Message: MESSAGE_PATHS,
    Computer: ['host', 'hostname', 'HOST', 'source_host', 'host.name'],
    program: PROGRAM_PATHS,
  },
  time: ['timestamp', 'timereported', '@timestamp', 'time', 'ISODATE', 'DATE', 'date', 'timegenerated'],
  entities: [{ type: 'host', role: 'target', fields: ['Computer'] }, ...MESSAGE_ENTITIES],
};
