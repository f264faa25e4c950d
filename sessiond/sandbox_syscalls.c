/*
 * The filter, by libseccomp. An unknown call kills the process: nothing that is ours makes it, so
 * either somebody else's code runs here, or a library has changed, and then the log of the kernel
 * says which call it was.
 */
#include "sessiond/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
enum wa_err
sandbox_limit_syscalls(bool only_log, const char **ret_missing)
{
	(void)only_log;
	*ret_missing = "a build without sanitizers, whose runtimes make calls of their own";
	return WA_OK;
}
#else

#define THREAD_FLAGS (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

static void
release(scmp_filter_ctx *f)
{
	if (*f != NULL)
		seccomp_release(*f);
}

/* Always allowed: 0, or what libseccomp says. A call that this machine does not have is none. */
static int
allow_plain(scmp_filter_ctx f)
{
	static const int calls[] = {
#define ALLOW(name)  SCMP_SYS(name),
#define RARE(name)   SCMP_SYS(name),
#include "sessiond/sandbox_syscalls.def"
#undef ALLOW
#undef RARE
	};
	int error = 0;

	for (size_t i = 0; error == 0 && i < WA_ARRAY_LEN(calls); i++)
		error = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
	return error;
}

/* Allowed with some arguments. */
static int
allow_some(scmp_filter_ctx f)
{
	static const struct {
		int call;
		struct scmp_arg_cmp argument;
	} rules[] = {
	    /* No memory ever becomes code. */
	    {SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
	    {SCMP_SYS(mprotect), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
	    /* Threads, and no processes. */
	    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, THREAD_FLAGS, THREAD_FLAGS}},
	    /* For the answers of the processes beside us. */
	    {SCMP_SYS(socketpair), {0, SCMP_CMP_EQ, AF_UNIX, 0}},
	    /* Is standard error a terminal? */
	    {SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, TCGETS, 0}},
	    /* abort(), when an assertion does not hold. */
	    {SCMP_SYS(tgkill), {2, SCMP_CMP_EQ, SIGABRT, 0}},
	};
	int error = 0;

	for (size_t i = 0; error == 0 && i < WA_ARRAY_LEN(rules); i++)
		error =
		    seccomp_rule_add_array(f, SCMP_ACT_ALLOW, rules[i].call, 1, &rules[i].argument);
	return error;
}

/* Told that there are none: the C library then does without. clone3 has its flags in memory, where
 * no filter can look, and falls back on clone. */
static int
deny_optional(scmp_filter_ctx f)
{
	static const int calls[] = {SCMP_SYS(clone3), SCMP_SYS(faccessat2), SCMP_SYS(openat2),
	    SCMP_SYS(statx), SCMP_SYS(membarrier)};
	int error = 0;

	for (size_t i = 0; error == 0 && i < WA_ARRAY_LEN(calls); i++)
		error = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), calls[i], 0);
	return error;
}

enum wa_err
sandbox_limit_syscalls(bool only_log, const char **ret_missing)
{
	WA_CLEANUP(release)
	scmp_filter_ctx f = seccomp_init(only_log ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS);
	int error = f == NULL ? -ENOMEM : 0;

	*ret_missing = NULL;
	/* Speculation: no code of others runs in this process, and on kernels before 5.16 the
	 * answer to it would slow down everything. */
	if (error == 0)
		error = seccomp_attr_set(f, SCMP_FLTATR_CTL_SSB, 1);
	if (error == 0)
		error = allow_plain(f);
	if (error == 0)
		error = allow_some(f);
	if (error == 0)
		error = deny_optional(f);
	if (error != 0)
		return wa_fault(WA_ERR_SYSTEM, "seccomp: %s", strerror(-error));
	if (seccomp_load(f) < 0)
		*ret_missing = "seccomp filters";
	return WA_OK;
}
#endif
