#!/bin/sh
# Starts mongod with its secrets. It refuses a key file that others may read, and secrets are
# mounted readable: hence the copy.
set -eu
secrets=${CREWLINE_SECRETS_DIR:-/run/secrets}
key=$(mktemp)
chmod 600 "$key"
cat "$secrets/mongo_keyfile" >"$key"
exec mongod --config "${MONGOD_CONFIG:-/etc/mongo/mongod.conf}" --keyFile "$key" \
  --tlsCertificateKeyFile "$secrets/mongo_certificate_and_key" \
  --tlsCAFile "$secrets/ca_certificate" "$@"
