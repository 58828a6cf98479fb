#!/usr/bin/env bash
# Publishes gpu-check as one self-contained folder for linux-x64, to be carried to a machine with a GPU that has no .NET.
# Usage: tools/gpu-check/publish.sh FOLDER
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
target="${1:?usage: publish.sh FOLDER}"
# Building for a runtime adds it to lock files; those of the repository stay as they are.
dotnet publish "$here/SeqCont.GpuCheck.csproj" -c Release -r linux-x64 --self-contained -p:NuGetLockFilePath=obj/publish.lock.json -o "$target"
cp "$here/run.sh" "$here/cublas.py" "$target/"
