#!/usr/bin/env bash
# Fuzzes with coverage: a copy of the runner whose product assemblies SharpFuzz has instrumented. Arguments are the runner's.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
own=tools/SeqCont.Fuzz/bin
[ -x $own/sharpfuzz/sharpfuzz ] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path $own/sharpfuzz
dotnet build tools/SeqCont.Fuzz -c Release
rm -rf $own/coverage
cp -r $own/Release/net10.0 $own/coverage
for room in SeqCont.Model SeqCont.Circuits SeqCont.Reports seqcont; do $own/sharpfuzz/sharpfuzz "$own/coverage/$room.dll"; done
exec $own/coverage/SeqCont.Fuzz "$@"
