#!/usr/bin/env bash
# Runs a command with a FHIR server of another make (src/test/real-fhir-server: HAPI's, with its
# storage on H2 in memory), which is gone afterwards:
#   with-real-fhir-server.sh mvn test -Dtest=RealFhirServerTest -Dmarg.fhirServer=@fhir@
# @fhir@ in the command becomes its base URL.
set -euo pipefail
project=$(cd "$(dirname "$0")/../real-fhir-server" && pwd)

mvn -B -ntp -q -f "$project/pom.xml" package
log=$(mktemp)
java -Xmx1g -cp "$project/target/classes:$(cat "$project/target/classpath")" \
  no.marg.realfhirserver.RealFhirServer 0 >"$log" 2>&1 &
server=$!
stop() {
  kill "$server" 2>/dev/null || true
  rm -f "$log"
}
trap stop EXIT
trap 'exit 130' INT TERM

until url=$(sed -n 's/^ready //p' "$log") && [ -n "$url" ]; do
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.5
done
"${@//@fhir@/$url}"
