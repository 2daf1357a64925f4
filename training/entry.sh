#!/usr/bin/env bash
# What a SageMaker training job runs: ContainerEntrypoint
#   ["/bin/bash", "/opt/ml/input/data/code/training/entry.sh"]
# with this folder in the channel `code`. On several GPUs, accelerate starts one process for each.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${WELLREAD_ML_ROOT:-/opt/ml}
python=${WELLREAD_PYTHON:-$(command -v python3 || command -v python)}

fail() {
  mkdir -p "$root/output"
  printf '%s' "$1" > "$root/output/failure"
  echo "$1" >&2
  exit 1
}

# Torch is the image's own; of the rest, what training was tested with.
if ! "$python" "$here/job_packages.py"; then
  "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --requirement "$here/job-requirements.txt" ||
    fail "The image lacks packages that training needs, and they could not be fetched. Give the \
job an image with those of training/job-requirements.txt, or a network that reaches the registry."
fi

processes=${WELLREAD_PROCESSES:-$("$python" -c 'import torch; print(torch.cuda.device_count())')} ||
  fail "The image has no torch. Use a training image with PyTorch."
if [ "$processes" -gt 1 ]; then
  exec "$python" -m accelerate.commands.launch --multi_gpu --num_processes "$processes" \
    --num_machines 1 --mixed_precision no --dynamo_backend no "$here/train.py" "$@"
fi
exec "$python" "$here/train.py" "$@"
