#!/usr/bin/env bash
# Runs a command with a PostgreSQL of its own, which is gone afterwards:
#   with-postgresql.sh mvn test -Dmarg.postgresql=@url@
# @url@ in the command becomes the JDBC URL. Installs PostgreSQL on Debian if it is missing.
set -euo pipefail

binaries() {
  ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1
}

if [ -z "$(binaries)" ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
fi
bin=$(binaries)

# The server refuses to run as root.
as_server=()
if [ "$(id -u)" = 0 ]; then
  as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi

folder=$(mktemp -d)
[ "$(id -u)" != 0 ] || chown postgres: "$folder"
stop() {
  (cd / && "${as_server[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop) >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

(cd / && "${as_server[@]}" "$bin/initdb" -D "$folder/data" -U marg -A trust >/dev/null)
started=
for attempt in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 20000))
  if (cd / && "${as_server[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w \
    -o "-p $port -k $folder -c listen_addresses=127.0.0.1" start >/dev/null 2>&1); then
    started=yes
    break
  fi
done
[ -n "$started" ] || { cat "$folder/log" >&2; exit 1; }
(cd / && "${as_server[@]}" "$bin/createdb" -h 127.0.0.1 -p "$port" -U marg marg)

url="jdbc:postgresql://127.0.0.1:$port/marg?user=marg"
"${@//@url@/$url}"
