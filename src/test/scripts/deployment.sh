#!/usr/bin/env bash
# Starts the packaged service as the files in src/main/deploy say, with secrets of this test, and
# asks what the probes ask. Docker is not needed: what the Dockerfile would do is done here.
#   mvn package -DskipTests && src/test/scripts/deployment.sh
# Prints a line per result and ends with 1 if one is not as it must be.
set -euo pipefail
cd "$(dirname "$0")/../../.."

if [ "${1:-}" != --url ]; then
  exec src/test/scripts/with-postgresql.sh src/test/scripts/deployment.sh --url @url@
fi

[ -f target/marg.jar ] || { echo "target/marg.jar is missing: mvn package -DskipTests" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A later build must not change the jar under the running service.
cp target/marg.jar "$work/marg.jar"
yaml=$(jar tf "$work/marg.jar" | grep '/snakeyaml-')
(cd "$work" && jar xf marg.jar "$yaml")
java -cp "$work/$yaml" src/test/scripts/Deployment.java "$work" "$2"
