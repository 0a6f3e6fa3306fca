#!/usr/bin/env bash
# A worker for the pool gpu as a Beaker job, by gantry (pip install beaker-gantry), which clones this repository there:
#
#   PREFECT_API_URL=https://server/api infra/scheduler/gpu-worker-beaker.sh --cluster ai2/jupiter --replicas 4
#
# Further arguments go to gantry. The server's auth string and the stores' keys are Beaker secrets of these names. A
# preempted job gets SIGTERM: the worker finishes the shard that it has, as far as the grace period lets it.
set -euo pipefail

: "${PREFECT_API_URL:?names the Prefect server, as in https://server/api}"
exec gantry run \
  --name olmocr-gpu \
  --gpus 1 --shared-memory 16GiB --preemptible --retries 10 \
  --env "PREFECT_API_URL=$PREFECT_API_URL" \
  --env-secret PREFECT_API_AUTH_STRING=PREFECT_API_AUTH_STRING \
  --env-secret AWS_ACCESS_KEY_ID=AWS_ACCESS_KEY_ID \
  --env-secret AWS_SECRET_ACCESS_KEY=AWS_SECRET_ACCESS_KEY \
  --install 'pip install -e ".[gpu]"' \
  --yes "$@" \
  -- olmocr-flows worker gpu
