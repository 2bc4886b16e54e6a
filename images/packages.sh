#!/bin/sh
# packages.sh REQUIREMENTS...: makes the environment /app with exactly the packages of these hashed files.
# Wheels only: no package's own code runs while it is installed, and no compiler is needed.
set -eu

python3 -m venv --without-pip /app
for file in "$@"; do set -- "$@" --requirement "$file"; shift; done
python3 -m pip --python /app/bin/python install --quiet --disable-pip-version-check --root-user-action ignore \
    --no-compile --no-deps --only-binary :all: --require-hashes "$@"
# Test suites are a quarter of pandas and scipy; nothing that serves imports them.
find /app -type d -name tests -prune -exec rm -rf {} +
# Valid whatever happens to the files' times, since nothing can be compiled anew on a read-only root.
python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /app/lib
