#!/usr/bin/env bash
# Verifies a CUDA device, then times it; writes gpu-check.md into FOLDER (default: here). Under 8 minutes.
# Usage: run.sh [FOLDER] [more options of gpu-check, such as --clean FILE --corrupt FILE]
set -uo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
out="${1:-$PWD}"
shift || true
baseline="$out/cublas.txt"
if python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  python3 "$here/cublas.py" > "$baseline"
else
  echo "PyTorch with CUDA is not here: products are not put beside cuBLAS." >&2
fi
chmod +x "$here/gpu-check"
exec timeout 420 "$here/gpu-check" --out "$out/gpu-check.md" --baseline "$baseline" "$@"
