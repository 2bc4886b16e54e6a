#!/bin/sh
# members.sh MEMBER...: installs members of this repository below /members, as they belong into /app. They get a
# layer of their own, so that the packages' one stays the same when only our code changes.
# Needs /app and, for building wheels, requirements/build.txt.
set -eu

export PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
python3 -m venv --without-pip /build
python3 -m pip --python /build/bin/python install --only-binary :all: --require-hashes --requirement requirements/build.txt
python3 -m pip --python /build/bin/python wheel --no-deps --no-index --no-build-isolation --wheel-dir /wheels "$@"
python3 -m pip --python /app/bin/python install --no-deps --no-index --no-compile --root /members /wheels/*.whl
python3 -m compileall -q --invalidation-mode unchecked-hash /members
