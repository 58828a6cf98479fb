#!/usr/bin/env bash
# Publishes the command line as one executable file with the runtime inside, for machines that have no .NET.
#   tools/publish.sh linux-x64 OUT && OUT/seqcont --version
# Usage: tools/publish.sh linux-x64|linux-arm64|win-x64|osx-arm64|osx-x64 OUT [WORK]. Any of them is built on any system.
# What is built on the way lies in WORK, or is gone afterwards: bin and obj are not touched.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
usage="usage: publish.sh RUNTIME OUT [WORK]"
runtime="${1:?$usage}"
folder() { mkdir -p "$1" && cd "$1" && pwd; }
out="$(folder "${2:?$usage}")"
work="$(folder "${3:-$(mktemp -d)}")"
[ $# -ge 3 ] || trap 'rm -rf "$work"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# What one file is made of is said in the project. Paths of this machine are left out; analyzers have their say in the build before.
dotnet publish "$root/src/SeqCont.Cli/SeqCont.Cli.csproj" -c Release -nodeReuse:false -r "$runtime" --artifacts-path "$work" -o "$out" \
  -p:ContinuousIntegrationBuild=true -p:DebugType=embedded -p:RunAnalyzers=false
