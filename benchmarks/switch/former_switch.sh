#!/bin/bash
# The former script for a switch (switch-environment-with-db.sh): the same steps by the same commands, with those
# defects repaired that kept it from running, and no other. NAMESPACE is the shop's; TEST_IMAGE is an image with bash.
#
# Repaired:
# - `local` outside a function ended it in step 3, with environment-config already changed.
# - It restarts a colour "to pick up the new database configuration" and reads cadrart-config-<colour>, but nothing
#   writes there: step 1 now puts the environments' settings into both colours' ConfigMaps.
# - Its health check downloads curl and reads the answer after two seconds, come or not: it now uses an image that the
#   node has, and waits for the answer, and asks again where the node has not heard of the new pod yet.
set -euo pipefail

target=$1
case $target in blue) other=green ;; green) other=blue ;; *) echo "usage: $0 blue|green" >&2; exit 1 ;; esac

k() { kubectl --namespace "$NAMESPACE" "$@"; }

copy_settings() { # of an environment to a colour
  local data
  data=$(k get configmap "cadrart-config-$1" -o jsonpath='{.data}')
  k patch configmap "cadrart-config-$2" --type=merge -p "{\"data\":$data}"
}

pods_ready() {
  local workload phase
  for workload in frontend backend; do
    phase=$(k get pods -l "io.kompose.service=$workload-$1" -o jsonpath='{.items[*].status.phase}')
    [[ $phase == Running ]] || return 1
  done
}

select_color() { # proxies of an environment, colour
  local workload
  for workload in frontend backend; do
    k patch service "$workload-$1-proxy" --type=merge -p "{\"spec\":{\"selector\":{\"io.kompose.service\":\"$workload-$2\"}}}"
  done
}

echo "Step 1: environment configuration"
k patch configmap environment-config --type=merge -p "{\"data\":{\"COLOR_PROD\":\"$target\",\"COLOR_TEST\":\"$other\"}}"
copy_settings prod "$target"
copy_settings stg "$other"

echo "Step 2: restart of $target"
for workload in frontend backend; do
  k rollout restart "deployment/$workload-$target"
  k rollout status "deployment/$workload-$target" --timeout=300s
done

echo "Step 3: pods of $target"
waited=0
until pods_ready "$target"; do
  ((waited < 60)) || { echo "$target is not ready after $waited s" >&2; exit 1; }
  sleep 5
  ((waited += 5))
done

echo "Step 4: health of $target"
pod=test-endpoint-$(date +%s)
# shellcheck disable=SC2016
ask='for _ in {1..20}; do
  if exec 3<>"/dev/tcp/$0/3000"; then
    printf "GET /api/health/live HTTP/1.0\r\nHost: $0\r\n\r\n" >&3
    read -r _ code _ <&3 && echo "$code" && exit
  fi
  sleep 1
done'
k run "$pod" --image="$TEST_IMAGE" --image-pull-policy=IfNotPresent --restart=Never --command -- bash -c "$ask" "backend-$target"
code=
for _ in {1..15}; do
  sleep 2
  code=$(k logs "$pod" 2>/dev/null | grep -oE '^[0-9]+' || true)
  [[ -z $code ]] || break
done
k delete pod "$pod"
[[ $code == 200 ]] || { echo "$target is not healthy (HTTP ${code:-no answer})" >&2; exit 1; }

echo "Step 5: traffic to $target"
select_color prod "$target"
select_color test "$other"
