#!/usr/bin/env bash
# A CDS client in a few lines of openssl, to try authentication by hand.
#   cds-client-token.sh keys DIR                 makes DIR/key.pem and the JWK set DIR/jwks.json
#   cds-client-token.sh token DIR ISSUER URL     prints a token (RS384) for one call of URL
set -euo pipefail
url64() { base64 -w0 | tr '+/' '-_' | tr -d '='; }

case "$1" in
  keys)
    mkdir -p "$2"
    (umask 077; openssl genrsa -out "$2/key.pem" 3072 2>/dev/null)
    modulus=$(openssl rsa -in "$2/key.pem" -noout -modulus | cut -d= -f2 | sed 's/../\\x&/g')
    printf '{"keys":[{"kty":"RSA","kid":"key-1","use":"sig","alg":"RS384","e":"AQAB","n":"%s"}]}\n' \
      "$(printf "$modulus" | url64)" > "$2/jwks.json"
    ;;
  token)
    now=$(date +%s)
    head=$(printf '{"alg":"RS384","typ":"JWT","kid":"key-1"}' | url64)
    body=$(printf '{"iss":"%s","aud":"%s","iat":%d,"exp":%d,"jti":"%s"}' \
      "$3" "$4" "$now" "$((now + 300))" "$(openssl rand -hex 16)" | url64)
    sign=$(printf '%s.%s' "$head" "$body" | openssl dgst -sha384 -sign "$2/key.pem" -binary | url64)
    printf '%s.%s.%s\n' "$head" "$body" "$sign"
    ;;
esac
