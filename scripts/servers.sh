#!/bin/sh
# Installs the servers that tests are run against, from Debian's packages, where they are missing: scripts/servers.sh rsyslogd …
# Needs root and apt-get; ends with 1 where a server is missing and cannot be had.
set -u
for command in "$@"; do
  command -v "$command" >/dev/null && continue
  case "$command" in
    systemd-analyze) package=systemd ;;
    rsyslogd) package=rsyslog ;;
    *) package="$command" ;;
  esac
  command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ] || exit 1
  apt-get install --yes --quiet --no-install-recommends "$package" >/dev/null 2>&1 ||
    { apt-get update --quiet >/dev/null 2>&1 && apt-get install --yes --quiet --no-install-recommends "$package" >/dev/null 2>&1; } ||
    exit 1
done
