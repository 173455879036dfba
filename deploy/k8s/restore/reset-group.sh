#!/usr/bin/env bash
# Sets a consumer group of a stopped service back: reset-group.sh GROUP --to-earliest|--to-datetime …
# Kafka's own tool does it, in a broker's pod, as the user of the service, who may do that with its
# own groups. For dev: BROKER=kafka-0 BOOTSTRAP=kafka:9092.
set -euo pipefail

group="${1:?which group, such as crm-timeline}"
shift
kubectl="kubectl --namespace ${NAMESPACE:-contact-center}"
service="$(grep -oE '^(crm|ingest-digital|ingest-voice|router|self-service)' <<< "$group")"
secret() { $kubectl get secret "$1" --output "jsonpath={.data.$2}" | base64 --decode; }

settings() {
  if ! password="$(secret "kafka-user-$service" password 2> /dev/null)"; then return; fi
  echo security.protocol=SASL_SSL
  echo sasl.mechanism=SCRAM-SHA-512
  echo "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required" \
    "username=\"$service\" password=\"$password\";"
  echo ssl.truststore.type=PEM
  # One line for a property: the ends of the certificate's lines are written out.
  echo "ssl.truststore.certificates=$(secret kafka-cluster-ca-cert 'ca\.crt' | awk '{printf "%s\\n", $0}')"
}

# shellcheck disable=SC2016  # for the shell there, not for this one
settings | $kubectl exec --stdin "${BROKER:-kafka-all-0}" -- bash -c '
  set -euo pipefail
  settings=$(mktemp)
  trap "rm -f $settings" EXIT
  cat > "$settings"
  /opt/kafka/bin/kafka-consumer-groups.sh --command-config "$settings" --reset-offsets --all-topics \
    --execute "$@"
' reset --bootstrap-server "${BOOTSTRAP:-kafka-kafka-bootstrap:9093}" --group "$group" "$@"
