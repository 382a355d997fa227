#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the images of deploy/Dockerfile with buildah and runs them: the daemon,
# on a root that can't be written, tunes the demo's host. Needs root. Options for
# the build, such as a volume with a compiler's cache: $BUILDAH_BUILD_OPTIONS.
set -euo pipefail
cd "$(dirname "$0")/../.."
readonly base=docker.io/library/debian:bookworm-slim most_mb=60 user=65532
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot} STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}

skip() { echo "SKIPPED: container ($1)"; exit 0; }
fail() { echo "container: $1" >&2; exit 1; }
command -v buildah >/dev/null || skip "Debian's package buildah is not installed"
[ "$(id -u)" = 0 ] || skip "needs root"
buildah inspect --type image "$base" >/dev/null 2>&1 || buildah pull -q "$base" >/dev/null 2>&1 ||
  skip "neither here nor to be pulled: $base"

work=$(mktemp -d)
pids=() containers=()
finish() {
  local code=$?
  trap - EXIT
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill -TERM "${pids[i]}" 2>/dev/null || continue
    wait "${pids[i]}" 2>/dev/null || true
  done
  [ $code = 0 ] || tail -n 20 "$work"/*.log >&2
  # Nothing may be mounted below what is removed.
  for container in "${containers[@]}"; do buildah rm "$container" >/dev/null || true; done
  rm -rf "$work"
  exit $code
}
trap finish EXIT

build() {  # TARGET
  # shellcheck disable=SC2086
  buildah bud --layers --format docker --timestamp "$(git log -1 --format=%ct)" \
    --build-arg REVISION="$(git rev-parse HEAD)" ${BUILDAH_BUILD_OPTIONS:-} \
    --target "$1" -t "localhost/$2" -f deploy/Dockerfile . >"$work/build-$2.log" 2>&1
}
from() {  # IMAGE: prints a container of it
  buildah from --pull-never "$1"
}
build trimtab trimtab
build demo trimtab-demo

for image in "$base" localhost/trimtab localhost/trimtab-demo; do containers+=("$(from "$image")"); done
roots=()
for container in "${containers[@]}"; do roots+=("$(buildah mount "$container")"); done

# Size above the base: of what the image's own layers hold. What they remove of
# the base doesn't count.
above=$(python3 - "${roots[0]}" "${roots[1]}" <<'PYTHON'
import os, stat, sys
base, image = sys.argv[1:]
added = 0
for folder, _, names in os.walk(image):
    for name in names:
        path = os.path.join(folder, name)
        own = os.lstat(path)
        below = os.path.join(base, os.path.relpath(path, image))
        old = os.lstat(below) if os.path.lexists(below) else None
        if stat.S_ISREG(own.st_mode) and (not old or (old.st_size, old.st_mtime) != (own.st_size, own.st_mtime)):
            added += own.st_size
print(-(-added // 1000000))
PYTHON
)
# What the image says of itself.
buildah inspect --type image localhost/trimtab >"$work/inspect.json"
python3 - "$work/inspect.json" <<'PYTHON'
import json, sys
docker = json.load(open(sys.argv[1], encoding="utf-8"))["Docker"]["config"]
assert docker["User"] == "65532:65532", docker["User"]
assert docker["Healthcheck"]["Test"][:2] == ["CMD", "trimtabd"], docker["Healthcheck"]
assert docker["Entrypoint"] == ["trimtabd"], docker["Entrypoint"]
labels = docker["Labels"]
for name in ("title", "description", "version", "revision", "licenses"):
    assert labels[f"org.opencontainers.image.{name}"] not in ("", "unknown"), labels
PYTHON

# Every library is there.
inside() { chroot --userspec=$user:$user "$1" "${@:2}"; }
for program in trimtabd trimtabctl; do
  inside "${roots[1]}" ldd /usr/bin/$program >"$work/ldd.log"
  ! grep "not found" "$work/ldd.log" || fail "$program lacks libraries"
done

# The bill of materials names every package.
cp "${roots[1]}/usr/share/trimtab/sbom.cdx.json" "$work/sbom.json"
python3 - "$work/sbom.json" "$(chroot "${roots[1]}" dpkg-query -W -f '${Package} ')" <<'PYTHON'
import json, sys
bill = json.load(open(sys.argv[1], encoding="utf-8"))
assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
assert sorted(c["name"] for c in bill["components"]) == sorted(sys.argv[2].split())
assert all(c["purl"].startswith("pkg:deb/debian/") and c["version"] for c in bill["components"])
PYTHON

# The demo's parts as containers; the sockets are in a folder that all share.
install -d -o $user -g $user "$work/run" "$work/state"
wait_for() {  # FILE WORD PID: the last word of the first line with WORD
  until grep -q "$2" "$1" 2>/dev/null; do
    kill -0 "$3" 2>/dev/null || fail "ended before it said '$2'"
    read -rt 0.05 <> <(:) || :
  done
  grep -m1 "$2" "$1" | sed 's/.* //'
}
# Runs a program of a container as `--read-only` does: as the image's user, on a
# root that can't be written but for its volumes. A signal reaches the program.
start() {  # NAME ROOT PROGRAM ARGUMENT...
  unshare --mount --propagation private bash -c '
    set -euo pipefail
    work=$1 user=$2 root=$3
    shift 3
    mount --bind "$root" "$root" && mount -o remount,bind,ro "$root"
    mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev"
    mount --bind "$work/run" "$root/run/trimtab" && mount --bind "$work/state" "$root/var/lib/trimtab"
    mount --bind config/profiles/quickstart.yaml "$root/etc/trimtab/trimtab.yaml"
    if touch "$root/written" 2>/dev/null; then echo "the root can be written" >&2; exit 1; fi
    exec chroot --userspec="$user:$user" "$root" "$@"
  ' bash "$work" $user "${@:2}" >"$work/$1.log" 2>&1 &
  pids+=($!)
}
start backend "${roots[2]}" trimtab-demo-backend
backend=$(wait_for "$work/backend.log" listening "${pids[-1]}")
start host "${roots[2]}" trimtab-demo-host --listen unix:/run/trimtab/host.sock --backend "$backend"
data=$(wait_for "$work/host.log" data "${pids[-1]}")
start load "${roots[2]}" trimtab-demo-load --target "$data"
start trimtabd "${roots[1]}" trimtabd --config /etc/trimtab/trimtab.yaml --host unix:/run/trimtab/host.sock \
  --api unix:/run/trimtab/api.sock --metrics 127.0.0.1:0 --store /var/lib/trimtab/trimtab.db
daemon=${pids[-1]}
wait_for "$work/trimtabd.log" "trimtabd runs" "$daemon" >/dev/null

# Asked as HEALTHCHECK and an operator do, in a container beside it.
ask() { buildah run -v "$work/run:/run/trimtab" "${containers[1]}" -- "$@"; }
ask trimtabd --probe --api unix:/run/trimtab/api.sock
ask trimtabctl watch --for-seconds 120 --until-holding >"$work/watch.log" 2>&1 & watch=$!
until grep -q "^measuring" "$work/watch.log"; do
  kill -0 $watch 2>/dev/null || fail "nothing was tried in two minutes"
  read -rt 0.1 <> <(:) || :
done
ask trimtabd --probe readiness --api unix:/run/trimtab/api.sock
kill -TERM $watch 2>/dev/null || true
wait $watch || true
status=$(ask trimtabctl --output json status)
grep -q '"host_reachable": *true' <<<"$status" || fail "the host is not reached"
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon did not end well"
[ -s "$work/state/trimtab.db" ] || fail "nothing was stored"
mkdir -p build && cp "$work/sbom.json" build/sbom.cdx.json
echo "container: $above MB above its base ($most_mb allowed), tunes the demo on a read-only root; build/sbom.cdx.json"
