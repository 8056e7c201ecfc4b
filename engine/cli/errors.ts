import { declareCodes } from '../diagnostic/index.ts';

/** A shell line that lets a daemon read the events of a new rule repository, and end; its state is in `s`. */
const DAEMON_RUN =
  "telltale init . && printf 'rules: rules\\nstate: s\\nsources: [{type: file, path: events}]\\noutputs: [{type: file, path: alerts.ndjson}]\\napi: {enabled: false}\\n' > t.yml && telltale run --config t.yml --until-end";

/** What can be wrong with a command line. The examples are shell lines, run in an empty folder. */
export const CLI_CODES = declareCodes({
  TT8001: {
    severity: 'error',
    title: 'No rule was found',
    explanation:
      'The paths exist, but hold no rule: no file named *.yml or *.yaml, or only files without a document. Finding nothing to do is not success, so that a pipeline with a mistyped path does not stay green.',
    failing: 'mkdir empty && telltale check empty',
    fixed: 'telltale init . && telltale check rules',
  },
  TT8002: {
    severity: 'error',
    title: 'No event was read',
    explanation:
      'The inputs exist, but not one event came out of them: empty files, a folder with no event logs, or lines none of which could be decoded.',
    failing: 'telltale init . && : > empty.ndjson && telltale scan --rules rules empty.ndjson',
    fixed: 'telltale init . && telltale scan --rules rules events/sample.ndjson',
  },
  TT8003: {
    severity: 'error',
    title: 'An option has a value that is none of its values',
    explanation: 'The message lists the values; `telltale help COMMAND` explains them.',
    failing: 'telltale init . && telltale scan --rules rules --format xml events/sample.ndjson',
    fixed: 'telltale init . && telltale scan --rules rules --format json events/sample.ndjson',
  },
  TT8004: {
    severity: 'error',
    title: 'No such rule',
    explanation:
      'A rule is named by its id, its `name`, its title, or the path of its file. None of the loaded rules answers to this.',
    failing: 'telltale init . && telltale explain --rules rules --rule no-such-rule events/sample.ndjson:1',
    fixed:
      'telltale init . && telltale explain --rules rules --rule encoded_powershell events/sample.ndjson:1',
  },
  TT8005: {
    severity: 'error',
    title: 'No such diagnostic code',
    explanation: 'Codes look like TT1001. `telltale explain-code` alone lists them all.',
    failing: 'telltale explain-code TT0000',
    fixed: 'telltale explain-code TT8005',
  },
  TT8006: {
    severity: 'error',
    title: 'A file to be made is there already',
    explanation:
      'Scaffolding never overwrites, and a backup or a restored state only with --force. Nothing was written.',
    failing: 'telltale new detection rules/a.yml && telltale new detection rules/a.yml',
    fixed: 'telltale new detection rules/a.yml && telltale new detection rules/b.yml',
  },
  TT8007: {
    severity: 'error',
    title: 'No such kind of rule',
    explanation: 'The message lists the kinds that this version knows.',
    failing: 'telltale schema detektion',
    fixed: 'telltale schema detection',
  },
  TT8008: {
    severity: 'error',
    title: 'No such event',
    explanation:
      'An event is named as FILE:LINE, lines counted from 1; in a file that holds one JSON value or an array, LINE is the first line of the element. FILE alone is the first of its events on which the rule fires, or else the nearest miss.',
    failing:
      'telltale init . && telltale explain --rules rules --rule encoded_powershell events/sample.ndjson:999',
    fixed:
      'telltale init . && telltale explain --rules rules --rule encoded_powershell events/sample.ndjson:1',
  },
  TT8009: {
    severity: 'error',
    title: 'No test was found',
    explanation:
      'None of the rules has a `tests:` block or a .test.yml beside it, or the filter takes none of them. Finding nothing to do is not success.',
    failing: 'telltale init . && telltale test rules --filter no-such-test',
    fixed: 'telltale init . && telltale test rules',
  },
  TT8010: {
    severity: 'error',
    title: 'Benchmarks are not part of the installed package',
    explanation:
      'They need the recordings and tools of a checkout. In one, run `npm run build` first and then `telltale bench`.',
    failing: 'telltale bench',
    fixed: 'telltale help bench',
  },
  TT8011: {
    severity: 'error',
    title: 'Value lists are not understood',
    explanation:
      'A placeholder file is a YAML map of name to list of texts. In a folder, each `NAME.txt` holds one value a line, and each `.yml` is such a map.',
    failing:
      "telltale init . && printf -- '- a\\n' > lists.yml && telltale scan --rules rules --placeholders lists.yml events/sample.ndjson",
    fixed:
      "telltale init . && printf 'admins: [root, toor]\\n' > lists.yml && telltale scan --rules rules --placeholders lists.yml events/sample.ndjson",
  },
  TT8012: {
    severity: 'error',
    title: 'The output is one of the inputs',
    explanation: 'Writing it would destroy what is being read. Nothing was written.',
    failing:
      'telltale init . && telltale scan --rules rules --output events/sample.ndjson events/sample.ndjson',
    fixed: 'telltale init . && telltale scan --rules rules --output out.txt events/sample.ndjson',
  },
  TT8013: {
    severity: 'info',
    title: 'Events of no known schema',
    explanation:
      'No mapping recognised these events, so nothing tells their product, category and service. With --logsource any, which is the default, every rule looks at them; with a logsource, the rules of that one do.',
    failing: `telltale init . && printf '{"CommandLine":"a"}\\n' > own.ndjson && telltale scan --rules rules own.ndjson`,
    fixed: 'telltale init . && telltale scan --rules rules events/sample.ndjson',
  },
  TT8014: {
    severity: 'info',
    title: 'Tests leave a selection unseen',
    explanation:
      'With --coverage, each selection of a rule should hold for some event of its tests and not hold for another. A selection that never holds may be misspelt; one that always does may be needless.',
    failing: "telltale init . && telltale test rules --coverage --filter 'from a file'",
    fixed: 'telltale init . && telltale test rules --coverage',
  },
  TT8021: {
    severity: 'error',
    title: 'A snapshot cannot be read',
    explanation:
      'A snapshot is the file that `telltale scan --snapshot FILE` writes: the state of all correlations, and what tells whether a later rule can go on from it. The file is missing, is something else, or is of another version.',
    failing: 'telltale init . && telltale check rules --plan events/sample.ndjson',
    fixed:
      "telltale init . && printf 'title: Many\\nid: 6f0c2d11-9d2b-4a53-8a0e-6b1f5f0c2d12\\nstatus: test\\nlevel: high\\ncorrelation: {type: event_count, rules: [encoded_powershell], timespan: 5m, condition: {gte: 3}}\\n' > rules/many.yml && telltale scan --rules rules --snapshot state.json events/sample.ndjson && telltale check rules --plan state.json",
  },
  TT8022: {
    severity: 'error',
    title: 'There is no state to save',
    explanation: 'A snapshot holds the state of correlations, and none of the loaded rules is one.',
    failing: 'telltale init . && telltale scan --rules rules --snapshot state.json events/sample.ndjson',
    fixed: 'telltale init . && telltale scan --rules rules events/sample.ndjson',
  },
  TT8023: {
    severity: 'error',
    title: 'Rules of a Git revision cannot be read',
    explanation:
      'The revision does not exist, the working folder is in no Git repository, or git is not installed. The message is that of git.',
    failing: 'telltale init . && git init -q . && telltale diff HEAD --over events/sample.ndjson',
    fixed:
      'telltale init . && git init -q . && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm first && telltale diff HEAD --over events/sample.ndjson',
  },
  TT8015: {
    severity: 'info',
    title: 'A change to the rule that no test notices',
    explanation:
      'With --mutate, one thing at a time is changed in a rule (a selection left out, a comparison turned round, a `not` removed, a timespan halved), and its tests are run on the result. Where they all pass, nothing in them tells whether that part of the rule is right: a near miss that differs in this one thing would.',
    failing: "telltale init . && telltale test rules --mutate --filter 'from a file'",
    fixed: 'telltale init . && telltale test rules --mutate',
  },
  TT8031: {
    severity: 'warning',
    title: 'A line that is no alert or incident',
    explanation:
      'The command reads what `telltale scan --format ndjson --emit alerts,incidents` writes: one JSON object a line, told by its `kind`. The line was left out and counted; the message says what is wrong with it.',
    failing: "telltale init . && printf 'no json\\n' > cases.ndjson && telltale export --from cases.ndjson",
    fixed:
      'telltale init . && telltale scan --rules rules --format ndjson --emit alerts --output cases.ndjson events/sample.ndjson && telltale export --from cases.ndjson',
  },
  TT8032: {
    severity: 'error',
    title: 'No alert or incident was read',
    explanation:
      'The file exists, but holds no alert or incident, or none of the id that was asked for. Finding nothing to do is not success.',
    failing: 'telltale init . && : > cases.ndjson && telltale export --from cases.ndjson',
    fixed:
      'telltale init . && telltale scan --rules rules --format ndjson --emit alerts --output cases.ndjson events/sample.ndjson && telltale export --from cases.ndjson',
  },
  TT8033: {
    severity: 'error',
    title: 'A facts file is not understood',
    explanation:
      'A facts file is a YAML or JSON map with lists under `assets` (type, match, criticality, owner, environment, tags …), `identities` (user, aliases, department, role, manager, peers, tags), `intel` (type, value, feed, confidence …) and `baseline` (type, value, feature, surprise).',
    failing:
      "telltale init . && printf 'assets: [{type: hots, match: pc}]\\n' > facts.yml && telltale scan --rules rules --facts facts.yml events/sample.ndjson",
    fixed:
      "telltale init . && printf 'assets: [{type: host, match: pc}]\\n' > facts.yml && telltale scan --rules rules --facts facts.yml events/sample.ndjson",
  },
  TT8041: {
    severity: 'error',
    title: 'No such baseline',
    explanation:
      'The command works on baseline rules, and among the rules that were loaded there is none, or none of this id or name.',
    failing: 'telltale init . && telltale baseline show --rules rules',
    fixed:
      'mkdir b && printf \'title: Use\\nname: use\\nbaseline: {entity: {type: user, key: [u]}, select: {all: {u: "*"}, condition: all}, features: [{name: v, kind: category, field: v}]}\\n\' > b/use.yml && printf \'{"u": "ann", "v": "x", "@timestamp": "2026-01-05T00:00:00Z"}\\n\' > e.ndjson && telltale baseline learn --rules b --learned l e.ndjson && telltale baseline show --rules b --learned l',
  },
  TT8034: {
    severity: 'error',
    title: 'It is not clear which incident is meant',
    explanation:
      'A command about one incident wants its id, or as many of its first digits as fit no other incident of the file; or --all.',
    failing: 'telltale incident show --from cases.ndjson',
    fixed: 'telltale help incident',
  },
  TT8051: {
    severity: 'error',
    title: 'A file is no proof',
    explanation:
      'A proof is the file that `telltale scan --proof DIR` or `telltale incident show --proof FILE` writes; `telltale schema proof` says what stands in it. The file is missing, is something else, or is of another version; the message names the first thing that is wrong.',
    failing: "printf '{}' > proof.json && telltale incident verify proof.json",
    fixed: 'telltale help incident',
  },
  TT8052: {
    severity: 'error',
    title: 'A proof was changed',
    explanation:
      'A proof carries a digest over everything in it. This one has another content than when it was written, so nothing in it is believed. The digest keeps from accidents and from careless hands; who makes a new digest is found out by the replay, where what the file says does not come about.',
    failing:
      'telltale init . && sed -i \'s/^level: .*/level: critical/; s/^confidence: .*/confidence: 0.9/\' rules/*.yml && telltale scan --quiet --rules rules --proof proofs events/sample.ndjson && sed -i \'s/"score": [0-9.]*/"score": 99/\' proofs/*.json && telltale incident verify proofs/*.json',
    fixed:
      "telltale init . && sed -i 's/^level: .*/level: critical/; s/^confidence: .*/confidence: 0.9/' rules/*.yml && telltale scan --quiet --rules rules --proof proofs events/sample.ndjson && telltale incident verify proofs/*.json",
  },
  TT8053: {
    severity: 'warning',
    title: 'An incident has no proof',
    explanation:
      'A proof is a set of signals from which the incident comes about again, alone. What policies and people decided about the incident is a part of it. There is none where the incident is a candidate that nothing shows, was merged into another or ruled out, or where what it came from is not remembered any more. The message says which.',
    failing:
      "telltale init . && sed -i 's/^level: .*/level: critical/; s/^confidence: .*/confidence: 0.9/' rules/*.yml && printf 'title: Nothing\\nid: 2b7f9a10-51aa-4c02-9d3f-0c8a6a1b2c3d\\nstatus: test\\npolicy: {applies: alert, when: {all: [{fact: alert.level, operator: atLeast, value: low}]}, decide: {escalate: none, state: dismissed}}\\n' > rules/nothing.yml && ID=$(telltale incident show --all --over events/sample.ndjson --rules rules --format ndjson | grep -o '^{\"kind\":\"incident\",\"id\":\"[0-9a-f]*' | grep -o '[0-9a-f]*$') && telltale incident show $ID --over events/sample.ndjson --rules rules --proof proof.json",
    fixed:
      "telltale init . && sed -i 's/^level: .*/level: critical/; s/^confidence: .*/confidence: 0.9/' rules/*.yml && telltale scan --quiet --rules rules --proof proofs events/sample.ndjson && telltale incident verify proofs/*.json",
  },
  TT8071: {
    severity: 'error',
    title: 'The API cannot listen',
    explanation:
      'The configuration has an `api:` part, and the address that it names cannot be listened on: another process is there, or the machine has no such address. Without that part, `run` goes on without an API and says so.',
    failing:
      "telltale init . && printf 'rules: rules\\nsources: [{type: file, path: events}]\\napi: {listen: 192.0.2.1:9280}\\n' > t.yml && telltale run --config t.yml --until-end",
    fixed:
      "telltale init . && printf 'rules: rules\\nsources: [{type: file, path: events}]\\napi: {listen: 127.0.0.1:0}\\n' > t.yml && telltale run --config t.yml --until-end",
  },
  TT8042: {
    severity: 'error',
    title: 'There is no feed',
    explanation:
      'The command works on feeds of threat intelligence, and among the documents that were loaded none has a `feed:` block.',
    failing: 'telltale init . && telltale intel show rules',
    fixed:
      "mkdir feeds && printf 'title: Ours\\nlevel: medium\\nfeed: {file: ours.txt, format: plain}\\n' > feeds/ours.yml && echo bad.example.net > feeds/ours.txt && telltale intel show feeds",
  },
  TT8072: {
    severity: 'error',
    title: 'No daemon answers',
    explanation:
      'The command asks a daemon over its API. Its state folder says where it listens (`api.url`, written while it runs); --url or TELLTALE_URL name another place. Nothing answers there, or nothing of ours.',
    failing: 'telltale status',
    fixed: 'telltale help status',
  },
  TT8073: {
    severity: 'error',
    title: 'The daemon does not do it',
    explanation:
      'The daemon was asked and said no, for the reason in the message: the token is not known or may not do this, there is no such thing, or it has changed in the meantime. The token is that of --token-file, of TELLTALE_TOKEN, or the admin token of the state folder.',
    failing: 'telltale status --url http://127.0.0.1:9 --token-file none',
    fixed: 'telltale help status',
  },
  TT8074: {
    severity: 'error',
    title: 'No such output',
    explanation: 'An output is named by its `name` in the configuration, or by its type where it has none.',
    failing:
      "printf 'outputs: [{type: file, path: a.ndjson}]\\n' > t.yml && telltale output test fil --config t.yml --dry-run",
    fixed:
      "printf 'outputs: [{type: file, path: a.ndjson}]\\n' > t.yml && telltale output test file --config t.yml --dry-run",
  },
  TT8054: {
    severity: 'error',
    title: 'Verdicts are not understood',
    explanation:
      'A file of verdicts is NDJSON, or CSV with a header. Each line names an alert or incident by its `id` (or, for an alert of another recording, its `rule`) and a `verdict`: true_positive, benign or false_positive. Where wanted it says when (`at`), who (`by`) and why (`reason`). Nothing was scanned.',
    failing:
      "telltale init . && printf 'id,verdict\\nabc,harmless\\n' > v.csv && telltale scan --rules rules --verdicts v.csv events/sample.ndjson",
    fixed:
      "telltale init . && printf 'rule,verdict\\nf652139e-e45d-4ea9-a4b2-a2ee35db8861,benign\\n' > v.csv && telltale scan --rules rules --verdicts v.csv events/sample.ndjson",
  },
  TT8055: {
    severity: 'warning',
    title: 'Verdicts about something else',
    explanation:
      'An id in the file of verdicts names no alert and no incident of this recording, and the line names no rule either; so it counts for nothing. Ids change where a rule does other things than before.',
    failing:
      "telltale init . && printf 'id,verdict\\nabc,benign\\n' > v.csv && telltale scan --rules rules --verdicts v.csv events/sample.ndjson",
    fixed:
      'telltale init . && telltale scan --quiet --rules rules --format ndjson --emit alerts --output cases.ndjson events/sample.ndjson && sed \'s/.*"id":"\\([0-9a-f]*\\)","revision".*/id,verdict\\n\\1,benign/\' cases.ndjson > v.csv && telltale scan --rules rules --verdicts v.csv events/sample.ndjson',
  },
  TT8081: {
    severity: 'error',
    title: 'There is no state',
    explanation:
      'The command works with the state of a daemon: the file telltale.db in its state folder. There is none, or it is the database of another program.',
    failing: 'telltale backup copy.db',
    fixed: `${DAEMON_RUN} && telltale backup copy.db --state s`,
  },
  TT8082: {
    severity: 'error',
    title: 'The state is of another version',
    explanation:
      'The database says which layout it has. A program brings an earlier layout up to date when it runs (and keeps a copy of what was before); it leaves a later one alone, since it cannot know what stands in it.',
    failing: `${DAEMON_RUN} && printf '\\000\\000\\000\\143' | dd of=s/telltale.db bs=1 seek=60 conv=notrunc status=none && telltale doctor --config t.yml`,
    fixed: `${DAEMON_RUN} && telltale doctor --config t.yml`,
  },
  TT8083: {
    severity: 'error',
    title: 'The state is not whole',
    explanation:
      'What is read from the database is not what was written: SQLite finds a broken page, or a checksum beside a cell does not fit. It may also be that it cannot be read at all. `telltale run` sets such a database aside and begins anew from its sources; a backup knows more.',
    failing: `${DAEMON_RUN} && head -c 8192 /dev/zero | dd of=s/telltale.db bs=4096 seek=1 conv=notrunc status=none && telltale doctor --config t.yml`,
    fixed: `${DAEMON_RUN} && telltale doctor --config t.yml`,
  },
  TT8084: {
    severity: 'error',
    title: 'A file is no backup',
    explanation:
      'A backup is the file that `telltale backup` writes. This one is missing, is something else, or is not whole: all of it is read before anything is changed, and nothing was.',
    failing: 'echo nothing > copy.db && telltale restore copy.db --state s',
    fixed: `${DAEMON_RUN} && telltale backup copy.db --state s && telltale restore copy.db --state other`,
  },
  TT8085: {
    severity: 'error',
    title: 'The state is in use',
    explanation:
      'A daemon works with the state. It must be stopped before another state is put in its place, and two daemons cannot work in one folder.',
    failing: `${DAEMON_RUN} && telltale backup copy.db --state s; telltale run --config t.yml > log 2>&1 & pid=$!; until grep -q engine.started log; do sleep 0.1; done; telltale restore copy.db --state s --force; kill $pid; wait`,
    fixed: `${DAEMON_RUN} && telltale backup copy.db --state s && cp -r s other && telltale restore copy.db --state other --force`,
  },
  TT8086: {
    severity: 'error',
    title: 'There is little room on the disk',
    explanation:
      'Less room is left than `watch.disk_free` of the configuration asks for, or spools may grow past what is left. On a full disk the daemon takes nothing in until there is room.',
    failing: `printf 'rules: rules\\nstate: s\\nwatch: {disk_free: 999999GiB}\\n' > t.yml && telltale doctor --config t.yml`,
    fixed: `printf 'rules: rules\\nstate: s\\nsources: [{type: file, path: events}]\\nwatch: {disk_free: 1KiB}\\n' > t.yml && telltale doctor --config t.yml`,
  },
  TT8087: {
    severity: 'error',
    title: 'An address cannot be listened on',
    explanation:
      'A source or the API wants to listen there, and the system refuses: another process has the port, the machine has no such address, or the port is below 1024 and this user may not.',
    failing: `printf 'sources: [{type: syslog, listen: "192.0.2.1:5514"}]\\napi: {enabled: false}\\n' > t.yml && telltale doctor --config t.yml`,
    fixed: `printf 'sources: [{type: syslog, listen: "127.0.0.1:0"}]\\napi: {enabled: false}\\n' > t.yml && telltale doctor --config t.yml`,
  },
  TT8088: {
    severity: 'error',
    title: 'An output cannot be reached',
    explanation:
      'No connection can be made to where the output sends, its name has no address, the address is a private one that it may not go to, or the folder of its file cannot be written. What is for it would wait.',
    failing: `printf 'outputs: [{type: webhook, url: "http://127.0.0.1:9/", allow_private: true}]\\n' > t.yml && telltale doctor --config t.yml`,
    fixed: `printf 'outputs: [{type: file, path: alerts.ndjson}]\\n' > t.yml && telltale doctor --config t.yml`,
  },
  TT8089: {
    severity: 'warning',
    title: 'Others may read or change what is private',
    explanation:
      'The state folder holds alerts, events and the token of the admin; files that the configuration refers to hold secrets. Other users of the machine may read or change them.',
    failing: `${DAEMON_RUN} && chmod 777 s && telltale doctor --config t.yml`,
    fixed: `${DAEMON_RUN} && chmod 700 s && telltale doctor --config t.yml`,
  },
  TT8090: {
    severity: 'error',
    title: 'The clock is wrong',
    explanation:
      'The clock was never set, or it stands well behind the time at which the state was last written. Alerts would be dated wrongly, and retention and schedules wait until it has caught up.',
    failing: `${DAEMON_RUN} && touch -d 2099-01-01 s/telltale.db && telltale doctor --config t.yml`,
    fixed: `${DAEMON_RUN} && telltale doctor --config t.yml`,
  },
  TT8092: {
    severity: 'error',
    title: 'A state or a backup cannot be written',
    explanation:
      'The folder is missing, belongs to somebody else, or the disk refuses. What was there is as it was.',
    failing: `${DAEMON_RUN} && telltale backup no/such/folder/copy.db --state s`,
    fixed: `${DAEMON_RUN} && telltale backup copy.db --state s`,
  },
});
