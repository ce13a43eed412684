#!/usr/bin/env bash
# What only running copies of the packaged service can show: two on one PostgreSQL share feedback
# and the memory of used tokens, and a copy that is killed loses nothing that it acknowledged, on
# PostgreSQL and on H2.
#   mvn package -DskipTests && src/test/scripts/two-copies.sh
# Prints a line per result and ends with 1 if one is not as it must be.
set -euo pipefail
cd "$(dirname "$0")/../../.."
scripts=src/test/scripts

if [ "${1:-}" != --url ]; then
  exec "$scripts/with-postgresql.sh" "$scripts/two-copies.sh" --url @url@
fi
url=$2

[ -f target/marg.jar ] || { echo "target/marg.jar is missing: mvn package -DskipTests" >&2; exit 1; }
work=$(mktemp -d)
pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
# A later build must not change the jar under a running copy.
cp target/marg.jar "$work/marg.jar"
javac -d "$work" "$scripts/FeedbackLoad.java"
load() { java -cp "$work" FeedbackLoad "$@"; }

# start <name> <port> <setting>...: a copy, ready; its process in $started.
start() {
  local name=$1 port=$2
  shift 2
  java -Xmx512m -jar "$work/marg.jar" --server.port="$port" "$@" >"$work/$name.log" 2>&1 &
  started=$!
  pids+=("$started")
  load ready "http://localhost:$port" || { tail -20 "$work/$name.log" >&2; exit 1; }
}

# kill -9, as a crash would end it.
crash() {
  kill -9 "$1"
  wait "$1" 2>/dev/null || true
}

# Waits until so many more entries were acknowledged: a kill before that would prove nothing.
grown() {
  local file=$1 target
  touch "$file"
  target=$(($(wc -l <"$file") + $2))
  for _ in $(seq 1200); do
    [ "$(wc -l <"$file")" -lt "$target" ] || return 0
    sleep 0.1
  done
  echo "nothing is acknowledged" >&2
  exit 1
}

step() { echo; echo "== $*"; }

port_a=$(load port)
port_b=$(load port)
a=http://localhost:$port_a
b=http://localhost:$port_b

step "Feedback about a card of one copy, sent to the other, is in the report of the first"
start a "$port_a" --spring.datasource.url="$url"
a_pid=$started
start b "$port_b" --spring.datasource.url="$url"
b_pid=$started
card=$(load card "$a" docs/examples/order-sign-lenalidomide.json)
echo "sent to b: $(load accept "$b" "$card")"
echo "report of a: $(curl -sf "$a/admin/feedback-report")"
curl -sf "$a/admin/feedback-report" | grep -q '"accepted":1,"overridden":0,"ignored":0'
echo "sent again, to a: $(load accept "$a" "$card")"

step "PostgreSQL: a copy is killed while it takes feedback; nothing acknowledged is lost"
stop=$work/stop
load load "$work/postgresql.a" "$stop" "$a" &
load_a=$!
load load "$work/postgresql.b" "$stop" "$b" &
load_b=$!
grown "$work/postgresql.a" 150
crash "$a_pid"
echo "killed a"
grown "$work/postgresql.b" 150
touch "$stop"
wait "$load_a" "$load_b"
rm "$stop"
cat "$work/postgresql.a" "$work/postgresql.b" >"$work/postgresql"
echo "asked of b: $(load check "$work/postgresql" "$b")"
start a "$port_a" --spring.datasource.url="$url"
a_pid=$started
echo "asked of a, started again: $(load check "$work/postgresql" "$a")"
crash "$a_pid"
crash "$b_pid"

step "A token that one copy has accepted is refused by the other, and after a kill"
public=https://marg.example.org
issuer=https://ehr.example.org
docs/examples/cds-client-token.sh keys "$work/client"
authentication=(
  --spring.datasource.url="$url"
  --marg.access.authentication=true
  --marg.access.public-url="$public"
  --marg.access.clients[0].issuer="$issuer"
  --marg.access.clients[0].jwks="file:$work/client/jwks.json"
)
# call <copy> <token>: the status of a hook.
call() {
  curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $2" \
    -H 'Content-Type: application/json' --data @docs/examples/order-sign-lenalidomide.json \
    "$1/cds-services/mm-order-sign"
}
# expect <status> <copy> <token> <what>
expect() {
  local status
  status=$(call "$2" "$3")
  echo "$4: $status"
  [ "$status" = "$1" ] || { echo "it should be $1" >&2; exit 1; }
}
new_token() {
  docs/examples/cds-client-token.sh token "$work/client" "$issuer" "$public/cds-services/mm-order-sign"
}
start a-known "$port_a" "${authentication[@]}"
a_pid=$started
start b-known "$port_b" "${authentication[@]}"
b_pid=$started
token=$(new_token)
other=$(new_token)
expect 200 "$a" "$token" "first sent to a"
expect 401 "$b" "$token" "the same sent to b"
expect 200 "$b" "$other" "another sent to b"
crash "$a_pid"
start a-known "$port_a" "${authentication[@]}"
a_pid=$started
expect 401 "$a" "$token" "the first sent to a, killed and started again"
expect 401 "$a" "$other" "the other sent to a"
crash "$a_pid"
crash "$b_pid"

step "H2: a copy is killed while it takes feedback, three times; nothing acknowledged is lost"
for round in 1 2 3; do
  start h2 "$port_a" --marg.journal.folder="$work/data"
  load load "$work/h2" "$stop" "$a" &
  sending=$!
  grown "$work/h2" 90
  crash "$started"
  touch "$stop"
  wait "$sending"
  rm "$stop"
  start h2 "$port_a" --marg.journal.folder="$work/data"
  echo "round $round: $(load check "$work/h2" "$a")"
  crash "$started"
done

step "H2: a second copy on the same folder stops and says why"
start h2 "$port_a" --marg.journal.folder="$work/data"
if java -jar "$work/marg.jar" --server.port="$port_b" --marg.journal.folder="$work/data" \
  >"$work/second.log" 2>&1; then
  echo "it started" >&2
  exit 1
fi
sed -n '/APPLICATION FAILED/,$p' "$work/second.log" | grep -v '^$'
grep -q 'Another running Marg uses the folder' "$work/second.log"
crash "$started"

echo
echo "All as it must be."
