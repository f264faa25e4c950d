# shellcheck shell=sh
# What tools/test and tools/check share: builds below $BUILDS, tests in them, and the sums of both.
# Both read tools/lib.sh first.

verbose=
passed=0
failed=0

# quietly LOG COMMAND...: into the log, or with -v onto the terminal as well.
quietly()
{
	into=$1
	shift
	if [ -n "$verbose" ]; then
		{
			"$@" 2>&1
			echo $? >"$into.status"
		} | tee "$into"
		return "$(cat "$into.status")"
	fi
	"$@" >"$into" 2>&1
}

pass()
{
	passed=$((passed + 1))
	say "   ok: $1"
}

# fail WHAT LOG
fail()
{
	failed=$((failed + 1))
	say "   FAILED: $1; see $2"
	[ -n "$verbose" ] || grep -E -m 10 'ERROR|error:|warning:' "$2" || tail -n 5 "$2"
}

# configure DIR MESON-OPTION...; a directory that meson cannot use any more is made anew.
configure()
{
	dir=$1
	shift
	set -- --prefix=/usr -Dwerror=true "$@"
	if [ -f "$dir/build.ninja" ] && meson setup --reconfigure "$dir" "$ROOT" "$@"; then
		return
	fi
	rm -rf "$dir"
	meson setup "$dir" "$ROOT" "$@"
}

# build NAME COMPILER MESON-OPTION...
build()
{
	name=$1
	compiler=$2
	shift 2
	say "== building: $name"
	log=$BUILDS/$name.log
	if CC=$compiler quietly "$log" configure "$BUILDS/$name" "$@" &&
		quietly "$log" meson compile -C "$BUILDS/$name" --ninja-args=-k0; then
		pass "build $name"
	else
		fail "build $name" "$log"
		return 1
	fi
}

# The sums of a test run, and what did not pass, with the end of what it said: from the file that meson
# writes for machines. Prints "PASSED FAILED" last.
count()
{
	python3 - "$1" <<-'EOF'
	import json, sys

	SAID = 40
	good = {"OK", "EXPECTEDFAIL"}
	passed = failed = 0
	try:
	    with open(sys.argv[1], encoding="utf-8") as log:
	        results = [json.loads(line) for line in log]
	except OSError:
	    results = []
	for test in results:
	    if test["result"] in good:
	        passed += 1
	    else:
	        failed += 1
	        # A skip too: what a test needs is installed, so there is no reason for one.
	        print("   FAILED:", test["name"], "(" + test["result"].lower() + ")")
	        said = test.get("stdout", "") + test.get("stderr", "")
	        for line in said.rstrip().splitlines()[-SAID:]:
	            print("     |", line[:200])
	if not results:
	    failed += 1
	    print("   FAILED: no test ran")
	print(passed, failed)
	EOF
}

# run_tests NAME MESON-TEST-OPTION...: of the build of that name, which makes what they need.
run_tests()
{
	name=$1
	shift
	dir=$BUILDS/$name
	say "== tests: $name $*"
	rm -f "$dir"/meson-logs/testlog*.json
	# The sanitizers slow down what has a deadline.
	quietly "$BUILDS/$name-tests.log" env \
		ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1 \
		UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		meson test -C "$dir" --timeout-multiplier 3 --print-errorlogs "$@"
	# A wrapper's name is in the log's.
	count "$dir"/meson-logs/testlog*.json >"$BUILDS/count"
	sed '$d' "$BUILDS/count"
	# shellcheck disable=SC2046 # two words
	set -- $(tail -n 1 "$BUILDS/count")
	passed=$((passed + ${1:-0}))
	failed=$((failed + ${2:-1}))
	say "   all they said: $dir/meson-logs/"
}
