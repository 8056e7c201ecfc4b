import type { RuleTemplateValues, TemplateValues } from './templates.ts';

/**
 * A correlation with a detection that it reads, in one file, and tests that pass. Names are made of ids, so that two new files never clash.
 */
export function correlationTemplate({ id, otherId, title, date }: RuleTemplateValues): string {
  const event = `event_${otherId.slice(0, 8)}`;
  return `${eventRule({ id: otherId, title, date, name: event })}---
title: ${JSON.stringify(title)}
id: ${id}
version: 1
status: experimental
description: Say what several such events together mean.
author: Your name
date: ${date}
tags:
  - attack.credential-access
  - attack.t1110
correlation:
  type: event_count
  rules: [${event}]
  group-by: [TargetUserName]
  timespan: 10m
  condition: {gte: 5}
falsepositives:
  - Name what could fire this rule without being an attack.
level: medium
confidence: 0.4
remediation:
  - Say what whoever handles the alert should look at first.
tests:
  - name: five within the time
    given:
      - {signal: ${event}, fields: {TargetUserName: alice}, repeat: 5, every: 1m}
    expect: {signals: 1}
  - name: five of different users
    given:
      - {signal: ${event}, vary: {TargetUserName: [a, b, c, d, e]}, repeat: 5, every: 1m}
    expect: {signals: 0}
`;
}

/** An incident template over two detections that stand in the same file. */
export function incidentTemplate({ id, otherId, title, date }: RuleTemplateValues): string {
  const first = `first_${otherId.slice(0, 8)}`;
  const second = `second_${id.slice(0, 8)}`;
  return `${eventRule({ id: otherId, title: `${title}, first`, date, name: first })}---
${eventRule({ id: derivedId(otherId), title: `${title}, second`, date, name: second, eventId: 4672 })}---
title: ${JSON.stringify(title)}
id: ${id}
version: 1
status: experimental
description: Say which attack these alerts together tell of.
author: Your name
date: ${date}
tags:
  - attack.credential-access
  - attack.privilege-escalation
incident:
  shape: sequence
  timespan: 4h
  join: [user]
  parts:
    - {name: begun, rules: [${first}]}
    - {name: carried_on, rules: [${second}]}
  severity: high
  title: '{{user}} is attacked'
  story: >-
    {{begun.title}} at {{begun.first}}, then {{carried_on.title}} at {{carried_on.first}}.
level: high
confidence: 0.5
remediation:
  - Say what whoever handles the incident should do first.
tests:
  - name: one after the other
    given:
      - {signal: ${first}, entities: ['user:alice'], at: 0m}
      - {signal: ${second}, entities: ['user:alice'], at: 5m}
    expect: {incidents: [{severity: high, parts: [begun, carried_on]}]}
  - name: on different users
    given:
      - {signal: ${first}, entities: ['user:alice'], at: 0m}
      - {signal: ${second}, entities: ['user:mallory'], at: 5m}
    expect: {incidents: 0}
`;
}

/** A baseline of new values a user. */
export function baselineTemplate({ id, title, date }: TemplateValues): string {
  const logon = 'event.action: logon, event.outcome: success';
  return `title: ${JSON.stringify(title)}
id: ${id}
version: 1
status: experimental
description: Say whose normal is learnt, and why something new there is worth a look.
author: Your name
date: ${date}
tags:
  - attack.initial-access
  - attack.t1078
baseline:
  entity: {type: user, key: [user.name]}
  select: {selection: {${logon}}, condition: selection}
  features:
    - {name: country, kind: category, field: source.geo.country_iso_code}
  learn: {from: 30d, min_events: 20, min_days: 5}
  false_alarms: {budget: 1/week}
falsepositives:
  - Name what is new without being an attack.
level: medium
confidence: 0.2
remediation:
  - Ask the user.
tests:
  - name: a country that nobody came from
    given:
      - {event: {${logon}, source.geo.country_iso_code: DE}, vary: {user.name: [ana, ben, cleo, dan, eva, finn, gus, hana]}, every: 1h, repeat: 800}
      - {event: {${logon}, source.geo.country_iso_code: KP, user.name: ana}, at: 34d}
    expect: {signals: 1}
  - name: the usual country
    given:
      - {event: {${logon}, source.geo.country_iso_code: DE}, vary: {user.name: [ana, ben, cleo, dan, eva, finn, gus, hana]}, every: 1h, repeat: 800}
      - {event: {${logon}, source.geo.country_iso_code: DE, user.name: ana}, at: 34d}
    expect: {signals: 0}
`;
}

/** A policy that lowers what happens on test machines. */
export function policyTemplate({ id, title, date }: TemplateValues): string {
  return `title: ${JSON.stringify(title)}
id: ${id}
version: 1
status: experimental
description: Say why such alerts count for more or less here.
author: Your name
date: ${date}
policy:
  applies: alert
  priority: 100
  when:
    all:
      - {fact: alert.tactics, operator: in, value: [discovery]}
      - {fact: asset.tags, params: {entity: host, role: target}, operator: equal, value: test}
  decide:
    severity: {ceiling: low}
    tags: [context.test-machine]
tests:
  - name: discovery on a test machine
    given:
      alert:
        tactics: [discovery]
        entities: [{type: host, role: target, value: test01}]
      facts: {asset: [{type: host, match: test01, tags: [test]}]}
    expect:
      decisions: [{severity: {ceiling: low}}]
  - name: discovery on another machine
    given:
      alert:
        tactics: [discovery]
        entities: [{type: host, role: target, value: dc01}]
      facts: {asset: [{type: host, match: dc01, tags: [domain-controller]}]}
    expect: {decisions: 0}
`;
}

/** A feed of a plain list beside the document. */
export function feedTemplate({ id, title, date, list }: RuleTemplateValues): string {
  return `title: ${JSON.stringify(title)}
id: ${id}
version: 1
status: experimental
description: Say who makes the list, and what it means to meet something of it.
author: Your name
date: ${date}
tags:
  - attack.command-and-control
feed:
  # One indicator a line: addresses, names, URLs or hashes. Lines that begin with # are remarks.
  file: ${JSON.stringify(list)}
  format: plain
level: medium
confidence: 0.5
remediation:
  - Say what whoever handles the alert should look at first.
`;
}

function eventRule(of: {
  readonly id: string;
  readonly title: string;
  readonly date: string;
  readonly name: string;
  readonly eventId?: number;
}): string {
  const { id, title, date, name, eventId = 4625 } = of;
  return `title: ${JSON.stringify(`${title}: one event`)}
id: ${id}
name: ${name}
version: 1
status: experimental
description: Say what one such event means by itself.
author: Your name
date: ${date}
logsource:
  product: windows
  service: security
detection:
  selection:
    EventID: ${eventId}
  condition: selection
level: informational
tests:
  - name: such an event
    given:
      - event: {EventID: ${eventId}}
    expect: {signals: 1}
  - name: another event
    given:
      - event: {EventID: 4634}
    expect: {signals: 0}
`;
}

/** Another UUID out of one that was drawn at random: its last digit is another. */
function derivedId(id: string): string {
  const last = Number.parseInt(id.slice(-1), 16);
  return `${id.slice(0, -1)}${((last + 1) % 16).toString(16)}`;
}
