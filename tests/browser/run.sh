#!/bin/sh
# Runs one test file in a browser: run.sh FOLDER FILE [NEEDED...]. The packages of package-lock.json are
# installed into FOLDER, one of the build, once; the files are copied beside them. Exit code 77 (skipped)
# where that cannot be done.
set -eu

from=$(dirname "$0")
into=$1
file=$2
shift

mkdir -p "$into"
exec 9> "$into/.lock"
flock 9
if ! cmp -s "$from/package-lock.json" "$into/node_modules/.installed"; then
	rm -rf "$into/node_modules"
	cp "$from/package.json" "$from/package-lock.json" "$into/"
	(cd "$into" && npm ci --no-audit --no-fund) || exit 77
	cp "$from/package-lock.json" "$into/node_modules/.installed"
fi
# Packages are looked for from where a file really is.
for needed; do
	cp "$needed" "$into/"
done
flock -u 9

cd "$into"
# A page's promise that is never kept would wait for ever. The whole file has this long, too, on a busy
# machine; meson gives it a little more (600 s, threefold in tools/test).
exec node --test --test-timeout=1500000 "$(basename "$file")"
