#!/bin/sh
# system.sh FOLDER: copies to FOLDER what a Python process needs of this system: the interpreter, its standard
# library, the shared libraries they load, certificates and a user. No shell, no tools, no package manager.
# Runs in the base image, Debian's or the published Python image's.
set -eu

out=$1
python=$(readlink -f "$(command -v python3)")
stdlib=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')

# keep PATH: copies it to the same place, and what it links to, link by link. Its folder is resolved first,
# because on a merged system /lib is a link itself.
keep() {
    set -- "$(readlink -f "$(dirname "$1")")/$(basename "$1")"
    cp -a --parents "$1" "$out"
    [ -L "$1" ] || return 0
    case $(readlink "$1") in
        /*) keep "$(readlink "$1")" ;;
        *) keep "$(dirname "$1")/$(readlink "$1")" ;;
    esac
}

# What compiled packages may expect of a system (PEP 600), whether or not the interpreter loads it itself.
for_packages() {
    ldconfig -p | awk '$1 ~ /^lib(dl|gcc_s|m|pthread|resolv|rt|stdc\+\+|util|z)\.so\./ {print $NF}'
}

libraries() {
    find "$stdlib/lib-dynload" -name '*.so' -exec ldd "$python" {} + |
        awk '$2 == "=>" && $3 ~ "^/" {print $3} NF == 2 && $1 ~ "^/" && $1 !~ ":$" {print $1}'
    for_packages
}

mkdir -p "$out/tmp" "$out/etc" "$out/var/lib/dpkg/status.d" "$out/proc" "$out/sys" "$out/dev"
chmod 1777 "$out/tmp"
for link in /bin /lib /lib64 /sbin; do [ ! -L "$link" ] || cp -a "$link" "$out"; done

libraries | sort -u >/tmp/libraries
while read -r library; do keep "$library"; done </tmp/libraries
for path in "$(command -v python3)" "$stdlib" /etc/ssl/certs/ca-certificates.crt /etc/os-release /etc/ld.so.cache; do
    keep "$path"
done
find "$out$stdlib" -mindepth 1 -maxdepth 1 \( -name 'config-*' -o -name ensurepip -o -name idlelib -o -name lib2to3 \
    -o -name pydoc_data -o -name site-packages -o -name sitecustomize.py -o -name test -o -name tkinter \
    -o -name turtledemo \) -exec rm -rf {} +
find "$out" -name __pycache__ -prune -exec rm -rf {} +
# Valid whatever happens to the files' times, since nothing can be compiled anew on a read-only root.
python3 -m compileall -q --invalidation-mode unchecked-hash "$out$stdlib"

# Scanners read here which of Debian's packages the libraries are from.
{ cat /tmp/libraries && printf '%s\n' "$python" "$stdlib/os.py"; } | while read -r file; do
    path=$(readlink -f "$file")
    dpkg-query --search "$path" "${path#/usr}" 2>/dev/null || true # known by one of the two names, or not at all
done | grep -v ^diversion | cut -d: -f1 | sort -u | while read -r package; do
    dpkg-query --status "$package" >"$out/var/lib/dpkg/status.d/$package"
done

printf 'root:x:0:0::/:/\nfraud:x:10001:10001::/tmp:/\n' >"$out/etc/passwd"
printf 'root:x:0:\nfraud:x:10001:\n' >"$out/etc/group"
printf 'hosts: files dns\n' >"$out/etc/nsswitch.conf"

# A base image that keeps things elsewhere is told of now, not by the first pod.
chroot "$out" "$python" -B -c 'import asyncio, bz2, ctypes, lzma, sqlite3, ssl, uuid, zlib, zoneinfo'
