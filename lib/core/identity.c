/*
 * From a PAM user name to a web user: first what may be a name at all, then whose accounts nobody
 * may enter by this way, then who it is. A web sign-up chooses its own user name and e-mail, so
 * each rule here is written against somebody who chooses them to become somebody else.
 */
#include "lib/core/identity.h"

#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/store/link.h"

bool
wa_identity_name_is_valid(const char *name)
{
	size_t n = strnlen(name, WA_PAM_NAME_MAX + 1);

	if (n == 0 || n > WA_PAM_NAME_MAX || !wa_text_is_utf8(name, n))
		return false;
	/* '-' is an option to a helper, '+' and '-' are NIS entries to old passwd readers. */
	if (name[0] == '-' || name[0] == '+' || name[0] == ' ' || name[n - 1] == ' ')
		return false;
	return !wa_text_has_control(name) && strpbrk(name, ":/") == NULL;
}

static enum wa_err
unknown(const char *why)
{
	return wa_refuse(WA_ERR_USER_UNKNOWN, "%s", why);
}

enum wa_err
wa_identity_admit(
    const struct wa_service *service, const char *name, const struct wa_local_account *local)
{
	if (!wa_identity_name_is_valid(name))
		return unknown("the name is not one a user can have");
	/* By name too, whatever NSS says of it and however it is written: services that fold case
	 * (mail) would hand on "root" for "Root". */
	if (wa_text_equal_nocase(name, strlen(name), "root"))
		return unknown("root is never a web user");

	switch (local->known) {
	case WA_LOCAL_UNKNOWN:
		return unknown("the host could not tell whether this is a local account");
	case WA_LOCAL_NONE:
		if (service->account == WA_ACCOUNT_UNIX)
			return unknown("the service gives a Unix account and there is none of that "
				       "name");
		return WA_OK;
	case WA_LOCAL_EXISTS:
		if (local->uid == 0 || local->uid < service->min_uid)
			return unknown("a system account (its uid is below min_uid)");
		if (service->account != WA_ACCOUNT_UNIX)
			return unknown("a local account, and the service is for web users alone "
				       "(account = web)");
		return WA_OK;
	}
	return unknown("no answer about local accounts");
}

static enum wa_err
find_username(struct wa_context *cx, const char *name, struct user *ret)
{
	char *lower;

	if (!wa_text_is_username(name))
		return WA_ERR_NOT_FOUND;

	lower = wa_text_lower(cx->arena, name);
	if (lower == NULL)
		return wa_fault(WA_ERR_NOMEM, "user name");
	return store_user_by_username(cx->store, cx->arena, lower, ret);
}

static enum wa_err
find_email(struct wa_context *cx, const char *name, struct user *ret)
{
	struct user user;
	char *lower;
	enum wa_err e;

	if (!wa_text_is_email(name))
		return WA_ERR_NOT_FOUND;

	lower = wa_text_lower(cx->arena, name);
	if (lower == NULL)
		return wa_fault(WA_ERR_NOMEM, "e-mail");

	e = store_user_by_email(cx->store, cx->arena, lower, &user);
	if (e != WA_OK)
		return e;
	/* Anybody can sign up with anybody's address: before it is verified it is nobody's name. */
	if (!user.email_verified)
		return WA_ERR_NOT_FOUND;
	*ret = user;
	return WA_OK;
}

static enum wa_err
find_by(struct wa_context *cx, enum wa_match match, const char *name, struct user *ret)
{
	switch (match) {
	case WA_MATCH_LINK: return store_link_user(cx->store, cx->arena, name, ret);
	case WA_MATCH_USERNAME: return find_username(cx, name, ret);
	case WA_MATCH_EMAIL: return find_email(cx, name, ret);
	}
	return WA_ERR_NOT_FOUND;
}

enum wa_err
wa_identity_find(
    struct wa_context *cx, const struct wa_service *service, const char *name, struct user *ret)
{
	enum wa_match matches[3] = {WA_MATCH_LINK};
	size_t n = 1;

	/* A Unix account is nobody's by having the same name, whatever match says. */
	if (service->account != WA_ACCOUNT_UNIX)
		n = wa_service_matches(service, matches);

	for (size_t i = 0; i < n; i++) {
		enum wa_err e = find_by(cx, matches[i], name, ret);

		if (e != WA_ERR_NOT_FOUND)
			return e;
	}
	return unknown(service->account == WA_ACCOUNT_UNIX
		? "no link from a web user to this account; webauthctl makes one"
		: "no web user of that name");
}
