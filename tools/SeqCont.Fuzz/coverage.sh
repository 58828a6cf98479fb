#!/usr/bin/env bash
# Fuzzes with coverage: a copy of the runner whose product assemblies SharpFuzz has instrumented. Arguments are the runner's; or
# afl FORMAT OUT [OPTIONS]: AFL++ (Debian's package afl++) makes the inputs, with its own options, such as -V SECONDS.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
own=tools/SeqCont.Fuzz/bin
[ -x $own/sharpfuzz/sharpfuzz ] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path $own/sharpfuzz
dotnet build tools/SeqCont.Fuzz -c Release
rm -rf $own/coverage
cp -r $own/Release/net10.0 $own/coverage
for room in SeqCont.Model SeqCont.Circuits SeqCont.Reports seqcont; do $own/sharpfuzz/sharpfuzz "$own/coverage/$room.dll"; done
[ "${1:-}" = afl ] || exec $own/coverage/SeqCont.Fuzz "$@"
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
exec afl-fuzz -m none -t 10000+ -i "tools/SeqCont.Fuzz/corpus/$2" -o "$3" "${@:4}" -- $own/coverage/SeqCont.Fuzz "$2" --afl on
