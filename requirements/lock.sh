#!/usr/bin/env bash
# Renews the hashed requirement files: requirements/dev.txt for developers, and one per member, constrained by it.
# Usage: lock.sh UV MEMBER...   Addresses are never written: they belong to each machine's own settings.
set -euo pipefail
uv=$1
shift
cd "$(dirname "$0")/.."

ours=()
for member in "$@"; do
    ours+=(--no-emit-package "$(sed -n 's/^name = "\(.*\)"$/\1/p' "$member/pyproject.toml")")
done

compile() {
    "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.12 --no-header --no-annotate "${ours[@]}" "$@"
}

echo "==> requirements/dev.txt"
compile --override requirements/overrides.in --output-file requirements/dev.txt requirements/dev.in
for member in "$@"; do
    echo "==> requirements/$member.txt"
    compile --constraint requirements/dev.txt --output-file "requirements/$member.txt" "$member/pyproject.toml"
done
echo "==> requirements/build.txt"
compile --constraint requirements/dev.txt --output-file requirements/build.txt requirements/build.in
"$uv" pip compile --quiet --universal --generate-hashes --no-header --no-annotate --output-file requirements/uv.txt requirements/uv.in
echo "==> requirements/mlserver.txt"
# What computes is the same there as here.
compile --constraint <(grep -E '^(numpy|xgboost-cpu)==' requirements/dev.txt | cut -d' ' -f1) --output-file requirements/mlserver.txt requirements/mlserver.in
echo "==> requirements/tools.txt"
# Of these only what is inside is taken, so their own dependencies are not.
"$uv" pip compile --quiet --universal --generate-hashes --no-deps --no-header --no-annotate --output-file requirements/tools.txt requirements/tools.in
