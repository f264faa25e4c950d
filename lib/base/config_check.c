/*
 * What no single key can tell.
 */
#include "lib/base/config_check.h"

#include <string.h>

#include "lib/base/base_url.h"
#include "lib/base/parse.h"

/* Uids below 1000 are the system's, the highest ones the kernel's. */
#define UID_FIRST 1000
#define UID_LAST  UINT64_C(4294967293)

bool
wa_settings_uid_range(const struct wa_settings *s, int64_t *ret_first, int64_t *ret_last)
{
	const char *dash = strchr(s->uid_range, '-');
	uint64_t first, last;

	if (dash == NULL ||
	    !wa_parse_uint(s->uid_range, (size_t)(dash - s->uid_range), UID_LAST, &first) ||
	    !wa_parse_uint(dash + 1, strlen(dash + 1), UID_LAST, &last) || first < UID_FIRST ||
	    first > last)
		return false;
	*ret_first = (int64_t)first;
	*ret_last = (int64_t)last;
	return true;
}

/* Browsers drop a cookie of such a name that is not Secure or has a Domain, and say nothing. */
static enum wa_err
check_host_cookies(const struct wa_settings *s, const char *where)
{
	bool secure = strcmp(s->secure_cookies, "true") == 0 ||
	    (strcmp(s->secure_cookies, "auto") == 0 &&
		strncmp(wa_base_url_given(s->base_url), "https://", 8) == 0);

	if (!s->host_cookies)
		return WA_OK;
	if (s->cookie_domain[0] != '\0')
		return wa_fault(WA_ERR_CONFIG,
		    "%s: host_cookies (on in profile = hardened) excludes a cookie_domain: __Host- "
		    "cookies are of one host; set one of the two otherwise",
		    where);
	if (!secure)
		return wa_fault(WA_ERR_CONFIG,
		    "%s: host_cookies (on in profile = hardened) needs a base_url of https://…, or "
		    "secure_cookies = true",
		    where);
	return WA_OK;
}

enum wa_err
wa_config_check(const struct wa_settings *s)
{
	const char *where = s->file != NULL ? s->file : "configuration";
	int64_t first, last;
	enum wa_err e;

	if (s->min_password_length > s->max_password_length)
		return wa_fault(
		    WA_ERR_CONFIG, "%s: min_password_length is above max_password_length", where);
	e = check_host_cookies(s, where);
	if (e != WA_OK)
		return e;
	if (s->delete_user_verification && s->mail_command[0] == '\0')
		return wa_fault(WA_ERR_CONFIG,
		    "%s: delete_user_verification needs a mail_command to mail the link with",
		    where);
	if (s->session_update_age > s->session_expires_in)
		return wa_fault(
		    WA_ERR_CONFIG, "%s: session_update_age is above session_expires_in", where);
	if (strncmp(s->store, "sqlite:", 7) != 0 || s->store[7] == '\0')
		return wa_fault(
		    WA_ERR_CONFIG, "%s: store = %s: expected sqlite:PATH", where, s->store);
	if (s->session_dir[0] != '/')
		return wa_fault(WA_ERR_CONFIG, "%s: session_dir = %s: expected an absolute path",
		    where, s->session_dir);
	if (strcmp(s->pam_socket, "auto") != 0 && s->pam_socket[0] != '\0' &&
	    strncmp(s->pam_socket, "unix:/", 6) != 0)
		return wa_fault(WA_ERR_CONFIG,
		    "%s: pam_socket = %s: expected unix: and an absolute path, auto, or nothing",
		    where, s->pam_socket);
	if (!wa_settings_uid_range(s, &first, &last))
		return wa_fault(WA_ERR_CONFIG,
		    "%s: uid_range = %s: expected two uids from %d on, as in 200000-299999", where,
		    s->uid_range, UID_FIRST);
	if (s->base_url[0] != '\0' && strncmp(s->base_url, "http://", 7) != 0 &&
	    strncmp(s->base_url, "https://", 8) != 0)
		return wa_fault(WA_ERR_CONFIG, "%s: base_url = %s: expected http://… or https://…",
		    where, s->base_url);
	return WA_OK;
}
