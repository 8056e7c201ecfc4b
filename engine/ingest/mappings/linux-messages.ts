import type { EntityDocument, LiftDocument, TemplateDocument } from '../mapping.ts';

const SUCCESS = { outcome: 'success' } as const;
const FAILURE = { outcome: 'failure' } as const;

/** What sshd, sudo, su and PAM write, as their sources have it. In sshd's the user's name stands left of what sshd says itself, hence `right`. */
const MESSAGES: readonly TemplateDocument[] = [
  { text: 'Accepted {method} for {user} from {src_ip} port {src_port} ssh2{}', from: 'right', set: SUCCESS },
  {
    text: 'Failed {method} for invalid user {user} from {src_ip} port {src_port} ssh2{}',
    from: 'right',
    set: FAILURE,
  },
  { text: 'Failed {method} for {user} from {src_ip} port {src_port} ssh2{}', from: 'right', set: FAILURE },
  { text: 'Invalid user {user} from {src_ip} port {src_port}', from: 'right', set: FAILURE },
  { text: 'Invalid user {user} from {src_ip}', from: 'right', set: FAILURE },
  { text: 'User {user} from {src_ip} not allowed because {reason}', from: 'left', set: FAILURE },
  {
    text: 'maximum authentication attempts exceeded for {user} from {src_ip} port {src_port} ssh2{}',
    from: 'right',
    set: FAILURE,
  },
  {
    text: 'Connection closed by invalid user {user} {src_ip} port {src_port} [preauth]',
    from: 'right',
    set: FAILURE,
  },
  {
    text: 'Connection closed by authenticating user {user} {src_ip} port {src_port} [preauth]',
    from: 'right',
    set: FAILURE,
  },
  { text: 'Disconnected from user {user} {src_ip} port {src_port}', from: 'right' },
  { text: 'Connection from {src_ip} port {src_port} on {dst_ip} port {dst_port}{}', from: 'left' },
  {
    text: 'pam_unix({service}:auth): authentication failure;{}rhost={pam_rhost}  user={pam_user}',
    from: 'right',
    set: FAILURE,
  },
  {
    text: 'pam_unix({service}:auth): authentication failure;{}rhost={pam_rhost}',
    from: 'right',
    set: FAILURE,
  },
  {
    text: 'pam_unix({service}:session): session opened for user {pam_user}(uid={}',
    from: 'left',
    set: SUCCESS,
  },
  {
    text: 'pam_unix({service}:session): session opened for user {pam_user} by {}',
    from: 'left',
    set: SUCCESS,
  },
  { text: 'pam_unix({service}:session): session closed for user {pam_user}', from: 'left' },
  {
    text: '{sudo_user} : TTY={TTY} ; PWD={PWD} ; USER={USER} ; COMMAND={COMMAND}',
    from: 'left',
    set: SUCCESS,
  },
  { text: '{sudo_user} : PWD={PWD} ; USER={USER} ; COMMAND={COMMAND}', from: 'left', set: SUCCESS },
  {
    text: '{sudo_user} : {reason} ; TTY={TTY} ; PWD={PWD} ; USER={USER} ; COMMAND={COMMAND}',
    from: 'left',
    set: FAILURE,
  },
];

/** The parts of a message of the logon programs, as members of the record. */
export function messageLifts(paths: readonly string[]): readonly LiftDocument[] {
  return paths.map((from) => ({ kind: 'text', from, templates: MESSAGES }));
}

/** Whom and what such a message names. */
export const MESSAGE_ENTITIES: readonly EntityDocument[] = [
  { type: 'user', role: 'actor', fields: ['sudo_user'] },
  { type: 'user', role: 'target', fields: ['user', 'pam_user', 'USER'] },
  { type: 'ip', role: 'source', fields: ['src_ip', 'pam_rhost'] },
];
