#!/bin/sh
# Runs tests that need the real npm packages: run.sh FOLDER FILE..., FOLDER being one of the build. The
# packages of package-lock.json are installed there once. Exit code 77 (skipped) where that cannot be done.
set -eu

from=$(dirname "$0")
into=$1
shift

mkdir -p "$into"
exec 9> "$into/.lock"
flock 9
cp "$from/package.json" "$into/"
if ! cmp -s "$from/package-lock.json" "$into/node_modules/.installed"; then
	rm -rf "$into/node_modules"
	cp "$from/package-lock.json" "$into/"
	(cd "$into" && npm ci --legacy-peer-deps --no-audit --no-fund) || exit 77
	cp "$from/package-lock.json" "$into/node_modules/.installed"
fi
# Packages are looked for from where a file really is, so the tests are copied beside them, with what
# they share. What is there already stays untouched: another test may be reading it.
cp -u "$@" "$from"/*.mjs "$from"/*.py "$from"/../ports.mjs "$into/"
cp -ru "$from/steps" "$into/"
flock -u 9

cd "$into"
for file; do
	node --test "$(basename "$file")"
done
