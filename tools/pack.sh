#!/usr/bin/env bash
# Packs the command line as a .NET tool: one package, for every system that has the .NET 10 runtime or SDK.
#   tools/pack.sh OUT && dotnet tool install seqcont --tool-path FOLDER --source OUT
# Usage: tools/pack.sh OUT [WORK]. What is built on the way lies in WORK, or is gone afterwards: bin and obj are not touched.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
folder() { mkdir -p "$1" && cd "$1" && pwd; }
out="$(folder "${1:?usage: pack.sh OUT [WORK]}")"
work="$(folder "${2:-$(mktemp -d)}")"
[ $# -ge 2 ] || trap 'rm -rf "$work"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Paths of this machine are left out; analyzers have their say in the build that comes before a release.
dotnet pack "$root/src/SeqCont.Cli/SeqCont.Cli.csproj" -c Release -nodeReuse:false --artifacts-path "$work" -o "$out" \
  -p:ContinuousIntegrationBuild=true -p:DebugType=embedded -p:RunAnalyzers=false
