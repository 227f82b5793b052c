#!/usr/bin/env bash
# Runs every fuzz target for SECONDS over its seeds, as many at once as there are processors:
#     cmake --preset fuzz && cmake --build --preset fuzz && tests/fuzz/run.sh SECONDS [BUILD_DIR]
# What was found is left in a directory that is named at the end; without findings nothing is left. INFRA_FUZZ_CORPUS=DIR
# keeps the inputs that reached new code in DIR, one folder a target, and begins with those that are there: for long runs.
# INFRA_FUZZ_TARGETS="storerow glob" runs only these; INFRA_FUZZ_SEED=1 makes the same choices every time.
set -euo pipefail
if [[ ! "${1:-}" =~ ^[1-9][0-9]*$ ]]; then
    sed -n '2,6s/^# \?//p' "$0" >&2
    exit 2
fi
fuzz=$(cd "$(dirname "$0")" && pwd)
build=${2:-$fuzz/../../build/fuzz}
export FUZZ_SECONDS=$1 FUZZ_SEEDS=$fuzz/corpus FUZZ_SCRATCH
FUZZ_PROGRAMS=$(cd "$build/tests/fuzz" && pwd)
FUZZ_SCRATCH=$(mktemp -d)
export FUZZ_PROGRAMS FUZZ_CORPUS=${INFRA_FUZZ_CORPUS:-$FUZZ_SCRATCH}
# Stores that targets make are deleted with the rest.
export TMPDIR=$FUZZ_SCRATCH

# run_target NAME: one line, and the end of what the fuzzer said when it found something.
run_target() {
    local name=$1 log=$FUZZ_SCRATCH/$1.log seeds=() status=0
    mkdir -p "$FUZZ_CORPUS/$name" "$FUZZ_SCRATCH/findings"
    [ -d "$FUZZ_SEEDS/$name" ] && seeds=("$FUZZ_SEEDS/$name")
    "$FUZZ_PROGRAMS/fuzz_$name" -max_total_time="$FUZZ_SECONDS" -seed="${INFRA_FUZZ_SEED:-0}" -timeout=60 -print_final_stats=1 \
        -artifact_prefix="$FUZZ_SCRATCH/findings/$name-" "$FUZZ_CORPUS/$name" "${seeds[@]}" >"$log" 2>&1 || status=1
    if [ $status -ne 0 ]; then
        echo "$name: FOUND SOMETHING"
        tail -n 60 "$log"
    else
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    fi
    return $status
}
export -f run_target

targets=${INFRA_FUZZ_TARGETS:-$(cd "$fuzz" && printf '%s\n' fuzz_*.cpp | sed 's/^fuzz_//; s/\.cpp$//')}
status=0
# shellcheck disable=SC2086 # A list of words.
printf '%s\n' $targets | xargs -P "$(nproc)" -I NAME bash -c 'run_target NAME' || status=1
if [ $status -ne 0 ]; then
    echo "Inputs and logs: $FUZZ_SCRATCH"
    exit 1
fi
rm -rf "$FUZZ_SCRATCH"
