"""Functions that this project does without, and why."""

import re

import code
import tree

EVERYWHERE = {
    "strcpy strcat stpcpy sprintf vsprintf gets": "writes without knowing how much room there is",
    "strncpy strncat": "leaves text without its end, or cuts it in silence",
    "strtok strtok_r strsep": "writes into its input",
    "atoi atol atoll atof sscanf fscanf scanf": "takes half a number for a number: lib/base/parse.h",
    "strtol strtoul strtoll strtoull strtod strtof": "takes half a number for one: lib/base/parse.h",
    "system popen": "asks a shell",
    "rand srand random srandom drand48 rand_r": "is guessable: lib/base/random.h",
    "tmpnam tempnam mktemp": "names a file that somebody else may make first",
    "alloca": "trusts a length with the stack",
    "localtime gmtime asctime ctime": "keeps its result in static memory",
    "getenv": "is not for a setuid host: secure_getenv",
    "signal": "differs between systems: sigaction",
    "bzero explicit_bzero": "is sodium_memzero here",
}

# In pam_webauth and in what it links, which is all of lib: somebody else's process.
IN_HOSTS = {
    "exit _exit abort assert": "ends the host",
    "getpwnam getpwuid getgrnam getgrgid": "keeps its result in static memory of the host",
    "printf puts putchar perror fprintf fputs": "writes to the host's standard streams",
    "setenv putenv unsetenv clearenv": "changes the host's environment",
    "umask chdir setlocale setuid seteuid setgid setegid": "changes the host's process",
    "sigaction sigprocmask pthread_sigmask": "changes the host's signals",
    "fork vfork pthread_create": "makes the host more than one",
    "openlog closelog syslog": "changes the host's log: pam_syslog",
    "sqlite3_initialize sqlite3_shutdown sqlite3_config": "sets up a library for the whole host",
}

EXEMPT = {
    ("lib/base/parse.c", "strtol"),
    # A double is written with the fewest digits that strtod reads back as the same.
    ("lib/base/json.c", "strtod"),
    # The daemon's alone: libjwt never enters a host process.
    ("lib/core/jwt.c", "assert"),
    # In store_own_process(), which only the daemon calls; the module has a function that does nothing.
    ("lib/store/sqlite.c", "sqlite3_config"),
    ("lib/store/sqlite_loaded.c", "sqlite3_config"),
}

# Tests fill arrays of their own, with the sanitizers watching, and want chance they can repeat.
TESTS_MAY = {"strcpy", "strcat", "strncat", "strtol", "fscanf", "strsep", "random", "srandom"}


def findings_in(path, stripped, table):
    for names, why in table.items():
        for name in names.split():
            if (str(path), name) in EXEMPT or (path.parts[0] == "tests" and name in TESTS_MAY):
                continue
            for match in re.finditer(rf"(?<![\w.>]){name}[ \t]*\(", stripped):
                line = stripped.count("\n", 0, match.start()) + 1
                yield f"{path}:{line}: {name}() {why}"


def main():
    findings = []
    for path in tree.sources():
        stripped = code.strip(tree.text(path))
        findings += findings_in(path, stripped, EVERYWHERE)
        if path.parts[0] in ("lib", "pam_webauth"):
            findings += findings_in(path, stripped, IN_HOSTS)
    tree.report(findings)


main()
