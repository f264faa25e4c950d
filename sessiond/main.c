/* sessiond(8): options, checks, start and stop. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/keyring.h"
#include "lib/base/limits.h"
#include "lib/core/audit.h"
#include "lib/core/mail.h"
#include "lib/core/password_policy.h"
#include "lib/store/store.h"
#include "sessiond/environment.h"
#include "sessiond/job.h"
#include "sessiond/listen.h"
#include "sessiond/log.h"
#include "sessiond/loop.h"
#include "sessiond/mail_command.h"
#include "sessiond/mail_process.h"
#include "sessiond/mailer.h"
#include "sessiond/names.h"
#include "sessiond/notify.h"
#include "sessiond/pages/pages.h"
#include "sessiond/sandbox.h"
#include "sessiond/schedule.h"
#include "sessiond/upkeep.h"

#define EXIT_USAGE    2
#define OVERRIDES_MAX 256
#define HASH_NICE     10
#define OPEN_BUSY_MS  5000
#define LANE_IDLE_MS  2000
/* Files beside the connections: listeners, three per store connection, eventfd, epoll, log … */
#define OTHER_FILES_MAX 256

enum action {
	ACTION_SERVE,
	ACTION_TEST,
	ACTION_PRINT,
};

struct daemon {
	struct wa_settings *settings;
	struct wa_keyring *keyring;
	struct wa_arena *arena;
	struct site site;
	struct pages *pages;
	struct listeners listeners;
	struct workers *workers;
	struct mailer *mailer;
	struct upkeep *upkeep;
	struct mail_process mail;
	struct names names;
	int stop_fd;
};

static void
usage(FILE *to)
{
	(void)fputs(
	    "usage: sessiond [-tT] [-f file] [-o key=value]...\n"
	    "\n"
	    "Serve sign-up, sign-in and sessions over the sockets in the configuration.\n"
	    "\n"
	    "  -f, --config FILE  read FILE, not " WA_CONFIG_FILE "; \"none\": defaults alone\n"
	    "  -o KEY=VALUE       set a key, whatever the file says; repeat for several\n"
	    "  -t, --test         check configuration, secret and store, then exit\n"
	    "  -T, --print        as -t, and print the effective configuration\n"
	    "  -h, --help         this text\n"
	    "      --version      the version\n"
	    "\n"
	    "Example: sessiond -f none -o store=sqlite:/tmp/w.db -o listen=unix:/tmp/w.sock\n"
	    "See sessiond(8), webauth.conf(5).\n",
	    to);
}

/* What ends a start goes to standard error in words; under a service manager with its priority. */
static int
fail(enum wa_err e)
{
	(void)fprintf(
	    stderr, "%ssessiond: %s\n", isatty(STDERR_FILENO) != 0 ? "" : "<3>", wa_err_detail(e));
	return EXIT_FAILURE;
}

static int
parse_options(int argc, char **argv, enum action *action, struct wa_config_source *source,
    const char **overrides)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'f'},
	    {"test", no_argument, NULL, 't'},
	    {"print", no_argument, NULL, 'T'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "f:o:tTh", options, NULL)) != -1) {
		switch (c) {
		case 'f': source->file = optarg; break;
		case 'o':
			if (source->n_overrides == OVERRIDES_MAX) {
				(void)fprintf(
				    stderr, "sessiond: more than %d -o options\n", OVERRIDES_MAX);
				return EXIT_USAGE;
			}
			overrides[source->n_overrides++] = optarg;
			break;
		case 't': *action = ACTION_TEST; break;
		case 'T': *action = ACTION_PRINT; break;
		case 'h': usage(stdout); exit(EXIT_SUCCESS);
		case 'V': (void)puts("sessiond " WEBAUTH_VERSION); exit(EXIT_SUCCESS);
		default: (void)fputs("Try: sessiond --help\n", stderr); return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr,
		    "sessiond: unexpected argument \"%s\"\nTry: sessiond --help\n", argv[optind]);
		return EXIT_USAGE;
	}
	source->overrides = overrides;
	return EXIT_SUCCESS;
}

/* Keys will be in memory: no core file, no debugger of the same user. */
static void
harden(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void
allow_files(const struct wa_settings *s)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)s->max_connections + OTHER_FILES_MAX;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < wanted)
		log_note(WA_LOG_WARNING, "files",
		    "max_connections = %llu needs %llu open files, the limit is %llu; raise "
		    "LimitNOFILE",
		    (unsigned long long)s->max_connections, (unsigned long long)wanted,
		    (unsigned long long)limit.rlim_cur);
}

/*
 * What starts programs or loads code that is not ours runs beside the daemon (beside.h), and is
 * forked before anything is here that it should not have.
 */
static enum wa_err
start_besides(struct daemon *d, enum action action)
{
	char **words;
	enum wa_err e = WA_OK;

	if (wa_mail_is_enabled(d->settings)) {
		e = mail_command_split(d->arena, d->settings->mail_command, &words);
		if (e == WA_OK && action == ACTION_SERVE)
			e = mail_process_start(&d->mail, words, d->settings->mail_timeout);
	}
	if (e == WA_OK && action == ACTION_SERVE && wa_settings_pam_socket(d->settings) != NULL)
		e = names_start(&d->names);
	return e;
}

static enum wa_err
prepare(struct daemon *d, enum action action, const struct wa_config_source *source)
{
	enum wa_err e;

	if (sodium_init() < 0)
		return wa_fault(WA_ERR_CRYPTO, "libsodium cannot start: no random numbers?");
	wa_json_init();
	store_own_process();
	e = wa_settings_load(source, &d->settings);
	if (e != WA_OK)
		return e;
	log_init(d->settings->log_level);
	d->arena = wa_arena_new(WA_ARENA_MAX);
	if (d->arena == NULL)
		return wa_fault(WA_ERR_NOMEM, "start");
	e = start_besides(d, action);
	if (e == WA_OK)
		e = wa_keyring_load(d->settings, &d->keyring);
	environment_forget_secrets();
	if (e == WA_OK)
		e = wa_password_policy_check_lists(d->settings);
	if (e == WA_OK)
		e = site_init(d->arena, d->settings, d->keyring, &d->site);
	if (e == WA_OK)
		e = pages_init(&d->site, &d->pages);
	if (e == WA_OK)
		e = listeners_check(d->settings);
	if (e == WA_OK)
		e = mailer_new(&d->site, &d->mail, &d->mailer);
	if (e == WA_OK)
		e = upkeep_new(d->settings, &d->upkeep);
	if (d->names.beside.fd >= 0)
		d->site.accounts = &d->names.accounts;
	return e;
}

static void
release(struct daemon *d)
{
	if (d->stop_fd >= 0)
		(void)close(d->stop_fd);
	listeners_close(&d->listeners);
	pages_free(d->pages);
	mailer_free(d->mailer);
	upkeep_free(d->upkeep);
	beside_end(&d->mail.beside);
	beside_end(&d->names.beside);
	wa_keyring_free(d->keyring);
	wa_arena_free(d->arena);
	wa_settings_free(d->settings);
}

/* For -t: a store that is there must be usable; one that is not will be made. */
static enum wa_err
check_store(const struct daemon *d)
{
	struct store_options options = {
	    .uri = d->settings->store, .mode = STORE_READ, .busy_ms = OPEN_BUSY_MS};
	WA_CLEANUP(store_closep) struct store *s = NULL;
	enum wa_err e = store_open(&options, &s);

	return e == WA_ERR_STORE_MISSING ? WA_OK : e;
}

static int
print_settings(const struct daemon *d)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(WA_ARENA_MAX);

	wa_settings_print(d->settings, &b);
	if (wa_buf_check(&b) != WA_OK || fwrite(b.data, 1, b.len, stdout) != b.len ||
	    fflush(stdout) != 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/* SIGTERM and SIGINT become readable; SIGHUP has no meaning yet and must not kill. */
static enum wa_err
catch_signals(struct daemon *d)
{
	sigset_t stop, blocked;

	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	blocked = stop;
	(void)sigaddset(&blocked, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &blocked, NULL) < 0)
		return wa_fault(WA_ERR_SYSTEM, "sigprocmask: %s", strerror(errno));
	d->stop_fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->stop_fd < 0)
		return wa_fault(WA_ERR_SYSTEM, "signalfd: %s", strerror(errno));
	return WA_OK;
}

static unsigned
hash_threads(const struct wa_settings *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (s->hash_threads > 0)
		return (unsigned)s->hash_threads;
	return cores < 1 ? 1 : (unsigned)cores;
}

static enum wa_err
start_workers(struct daemon *d, unsigned n_hash)
{
	const struct wa_settings *s = d->settings;
	struct workers_config config = {
	    .lanes =
		{
		    [WORKER_STORE] = {.threads = 1, .queue = s->store_queue},
		    [WORKER_HASH] =
			{
			    .threads = n_hash,
			    .queue = s->hash_queue,
			    .nice = HASH_NICE,
			},
		    [WORKER_MAIL] = {.threads = d->mailer != NULL ? 1 : 0, .queue = 1},
		    [WORKER_UPKEEP] = {.threads = 1, .queue = 1},
		},
	    .thread_open = lane_open,
	    .thread_close = lane_close,
	    .thread_idle = lane_idle,
	    .idle_ms = LANE_IDLE_MS,
	    .arg = &d->site,
	};

	return workers_start(&config, &d->workers);
}

/* A log of events shows when nobody was there to write one. A disk that is full is no reason to
 * serve nobody: sessions can be looked up, and what must be written fails by itself. */
static void
record(const struct daemon *d, struct store *s, enum wa_audit_event event)
{
	struct wa_context cx = {
	    .store = s, .settings = d->settings, .arena = d->arena, .now_ms = wa_clock_now_ms()};
	const struct wa_audit what = {
	    .event = event, .detail = "sessiond " WEBAUTH_VERSION, .by_itself = true};
	enum wa_err e = wa_audit(&cx, &what);

	if (e != WA_OK)
		log_note(WA_LOG_WARNING, "audit", "%s is not recorded: %s",
		    wa_audit_event_name(event), wa_err_detail(e));
}

static void
record_end(const struct daemon *d)
{
	struct store_options options = {
	    .uri = d->settings->store, .mode = STORE_WRITE, .busy_ms = OPEN_BUSY_MS};
	WA_CLEANUP(store_closep) struct store *s = NULL;
	enum wa_err e = store_open(&options, &s);

	if (e == WA_OK)
		record(d, s, WA_AUDIT_SYS_SHUTDOWN);
	else
		log_note(WA_LOG_WARNING, "audit", "%s is not recorded: %s",
		    wa_audit_event_name(WA_AUDIT_SYS_SHUTDOWN), wa_err_detail(e));
}

/* Makes the store where there is none and brings its schema up to date, before anybody is served.
 */
static enum wa_err
create_store(const struct daemon *d)
{
	struct store_options options = {
	    .uri = d->settings->store, .mode = STORE_CREATE, .busy_ms = OPEN_BUSY_MS};
	WA_CLEANUP(store_closep) struct store *s = NULL;
	enum wa_err e = store_open(&options, &s);

	if (e != WA_OK)
		return e;
	if (store_backup(s) != NULL)
		log_note(WA_LOG_NOTICE, "store",
		    "its schema was changed; as it was, it is in %s (see webauthctl(1), GOING "
		    "BACK)",
		    store_backup(s));
	record(d, s, WA_AUDIT_SYS_STARTUP);
	return WA_OK;
}

static enum wa_err
serve(struct daemon *d)
{
	unsigned n_hash = hash_threads(d->settings); /* from /sys, out of the sandbox's reach */
	struct loop_config loop;
	struct work *next;
	enum wa_err e;

	allow_files(d->settings);
	e = create_store(d);
	if (e == WA_OK)
		e = listeners_open(d->settings, &d->listeners);
	if (e == WA_OK)
		e = catch_signals(d);
	if (e != WA_OK)
		return e;
	mailer_warn(d->mailer);
	notify_open();
	schedule_promptly();
	e = sandbox_enter(d->settings, &d->listeners);
	if (e == WA_OK)
		e = start_workers(d, n_hash);
	if (e != WA_OK)
		return e;

	for (size_t i = 0; i < d->listeners.n; i++)
		log_note(WA_LOG_NOTICE, "listening", "%s", d->listeners.v[i].name);
	notify("READY=1");
	loop = (struct loop_config){.site = &d->site,
	    .listeners = &d->listeners,
	    .workers = d->workers,
	    .mailer = d->mailer,
	    .upkeep = d->upkeep,
	    .stop_fd = d->stop_fd,
	    .besides = {d->mail.beside.fd >= 0 ? &d->mail.beside : NULL,
		d->names.beside.fd >= 0 ? &d->names.beside : NULL}};
	e = loop_run(&loop);
	notify("STOPPING=1");
	for (struct work *w = workers_stop(d->workers); w != NULL; w = next) {
		next = w->next;
		if (!mailer_finish(d->mailer, w, 0) && !upkeep_finish(d->upkeep, w, 0))
			job_free((struct job *)w);
	}
	record_end(d);
	log_note(WA_LOG_NOTICE, "stopped", "%s", e == WA_OK ? "as asked" : wa_err_detail(e));
	return e;
}

int
main(int argc, char **argv)
{
	const char *overrides[OVERRIDES_MAX];
	struct wa_config_source source = {0};
	struct daemon d = {.stop_fd = -1, .mail = MAIL_PROCESS_NONE, .names = NAMES_NONE};
	enum action action = ACTION_SERVE;
	int status = parse_options(argc, argv, &action, &source, overrides);
	enum wa_err e;

	if (status != EXIT_SUCCESS)
		return status;
	harden();
	e = prepare(&d, action, &source);
	if (e == WA_OK)
		e = action == ACTION_SERVE ? serve(&d) : check_store(&d);
	if (e != WA_OK)
		status = fail(e);
	else if (action == ACTION_PRINT)
		status = print_settings(&d);
	release(&d);
	return status;
}
