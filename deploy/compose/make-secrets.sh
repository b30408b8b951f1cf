#!/usr/bin/env bash
# Makes the secrets that compose.yaml mounts: passwords, the operator's key, a certificate authority
# and a certificate for each server. What is there already is kept, so that it may run again.
#
#   STRIPE_SECRET_KEY=sk_test_... STRIPE_WEBHOOK_SECRET_PLATFORM=whsec_... \
#   STRIPE_WEBHOOK_SECRET_CONNECT=whsec_... deploy/compose/make-secrets.sh [FOLDER]
#
# The folder is open to its owner alone; the files in it are readable, because the containers that
# they are mounted into run as other users.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

folder=${1:-secrets}
services=(accounts vendors broker quality payouts)
stripe_names=(STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET_PLATFORM STRIPE_WEBHOOK_SECRET_CONNECT)
mongo_address="mongo-1:27017,mongo-2:27017,mongo-3:27017/\
?replicaSet=rs0&authSource=admin&tls=true&tlsCAFile=/run/secrets/ca_certificate"
certificate_days=825

umask 077
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

random_text() { openssl rand -hex "$1"; }

# keep NAME: writes stdin to NAME, unless it is there.
keep() {
  if [[ -e $1 ]]; then
    cat >/dev/null
    return
  fi
  cat >".$1.draft"
  mv ".$1.draft" "$1"
}

# The bash of macOS is old: no ${name,,}.
lower() { tr '[:upper:]' '[:lower:]' <<<"$1"; }
upper() { tr '[:lower:]' '[:upper:]' <<<"$1"; }

stripe() {
  local missing=() name
  for name in "${stripe_names[@]}"; do
    [[ -e $(lower "$name") || -n ${!name:-} ]] || missing+=("$name")
  done
  if ((${#missing[@]})); then
    echo "make-secrets: these come from Stripe and must be in the environment: ${missing[*]}" >&2
    exit 2
  fi
  for name in "${stripe_names[@]}"; do
    printf '%s' "${!name:-}" | keep "$(lower "$name")"
  done
}

passwords() {
  local service
  random_text 24 | keep mongo_admin_password
  random_text 24 | keep grafana_admin_password
  # base64, as mongod wants it, 6 to 1024 characters
  openssl rand -base64 512 | keep mongo_keyfile
  echo "ck_operator$(random_text 4)_$(random_text 32)" | keep bootstrap_operator_key
  random_text 32 | keep media_signing_key
  echo "k1:$(random_text 32)" | keep tax_number_keys
  random_text 32 | keep tax_lookup_key
  random_text 32 | keep webhook_signing_key
  for service in "${services[@]}" gateway; do
    echo "mongodb://$service:$(random_text 24)@$mongo_address" | keep "${service}_mongo_uri"
  done
  for service in "${services[@]}"; do random_text 24 | keep "${service}_nats_password"; done
  random_text 24 | keep topology_nats_password
  # What the bus itself reads always follows the files that its users read.
  for service in "${services[@]}" topology; do
    echo "$(upper "$service")_PASSWORD: \"$(<"${service}_nats_password")\""
  done >.nats_passwords.draft
  mv .nats_passwords.draft nats_passwords
}

certificate_authority() {
  [[ -e ca_private_key ]] && return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 3650 \
    -subj "/O=Crewline/CN=Crewline internal CA" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout .ca_private_key.draft -out ca_certificate 2>/dev/null
  mv .ca_private_key.draft ca_private_key
}

# certificate NAME DNS...: one for a server by that name, good on the loopback too.
certificate() {
  local name=$1 names="IP:127.0.0.1,DNS:localhost" alias
  shift
  [[ -e ${name}_certificate ]] && return
  for alias in "$@"; do names+=",DNS:$alias"; done
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/O=Crewline/CN=$name" \
    -keyout "${name}_private_key" -out ".$name.request" 2>/dev/null
  openssl x509 -req -in ".$name.request" -CA ca_certificate -CAkey ca_private_key -sha256 \
    -set_serial "0x$(random_text 16)" -days "$certificate_days" -out ".$name.draft" -extfile <(
      echo "subjectAltName=$names"
      echo "extendedKeyUsage=serverAuth,clientAuth"
      echo "keyUsage=critical,digitalSignature"
    ) 2>/dev/null
  mv ".$name.draft" "${name}_certificate"
  rm ".$name.request"
}

stripe
passwords
certificate_authority
for service in "${services[@]}" nats; do certificate "$service" "$service"; done
certificate mongo mongo-1 mongo-2 mongo-3
# mongod wants both in one file.
cat mongo_certificate mongo_private_key >mongo_certificate_and_key

chmod 444 ./*
chmod 400 ca_private_key
echo "the secrets are in $(pwd); ca_private_key is mounted nowhere: keep it elsewhere"
