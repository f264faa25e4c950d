/*
 * The one list of outcomes, and the one place a reason for them is kept.
 *
 * A refusal is an answer: its direct caller handles it. A fault is nobody's answer: it is passed up
 * unchanged and logged once, where the request ends. Both may carry a detail in words, which lives
 * in a buffer of the calling thread until that thread's next wa_fault() or wa_refuse().
 */
#ifndef LIB_BASE_ERROR_H
#define LIB_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"

enum wa_err {
	WA_OK = 0,
#define WA_ERROR(symbol, class, status, code, message) WA_ERR_##symbol,
#include "lib/base/errors.def"
#undef WA_ERROR
};

enum wa_err_class {
	WA_CLASS_OK,
	WA_CLASS_REFUSAL,
	WA_CLASS_FAULT,
};

/* Every function that returns an outcome is declared WA_OUTCOME: the compiler insists it is read.
 */
#define WA_OUTCOME WA_NODISCARD enum wa_err

enum wa_err_class wa_err_class(enum wa_err e);

/* The symbol without WA_ERR_, as logs and tests name it, e.g. "STORE_BUSY"; "OK" for WA_OK. */
const char *wa_err_name(enum wa_err e);

/* The outcome of that name, "OK" among them. False leaves *ret alone. */
bool wa_err_find(const char *name, size_t n, enum wa_err *ret);

/* Better Auth's code (contract.md appendix A), or NULL where the wire has none. */
const char *wa_err_code(enum wa_err e);

/* The text a client may see. Never NULL; for a fault it says nothing about the cause. */
const char *wa_err_message(enum wa_err e);

/* The HTTP status that a request ending in e is answered with; 200 for WA_OK. */
int wa_err_status(enum wa_err e);

/*
 * Records the detail and returns e, so that the origin of an outcome is one statement:
 *	return wa_fault(WA_ERR_STORE, "insert session: %s", why);
 * A detail never holds a secret. A fault's detail is for the administrator's log and names the
 *thing and, where there is one, the fix; a refusal's detail is for the client and replaces the
 *message.
 */
enum wa_err wa_fault(enum wa_err e, const char *fmt, ...) WA_PRINTF(2, 3);
enum wa_err wa_refuse(enum wa_err e, const char *fmt, ...) WA_PRINTF(2, 3);

/* The detail of this thread's last fault or refusal, if that was e; otherwise its message. */
const char *wa_err_detail(enum wa_err e);

/* Forgets this thread's detail. Called where a request, a job or a PAM call begins, so that no
 * client is told the detail of somebody else's earlier refusal. */
void wa_err_forget(void);

#endif
