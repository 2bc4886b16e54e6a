#!/bin/sh
# compiler.sh: installs a C compiler, for the one member that has C. In the stage that builds members and in no
# image: what that stage leaves is /members.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --no-install-recommends gcc libc6-dev >/dev/null
