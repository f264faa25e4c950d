/* webauthctl limit: counters of wrong guesses. Those of sources run out by themselves. */
#include "lib/core/guess.h"

#include "lib/core/user.h"

#include "tools/webauthctl/ctl.h"

static const struct output_field fields[] = {
    {"kind", "KIND", false},
    {"failures", "FAILURES", false},
    {"waitSeconds", "WAIT (S)", false},
};

static const struct output_field reset_fields[] = {{"name", "NAME", false}};

static const struct {
	enum wa_guess_kind kind;
	const char *name;
} kinds[] = {
    {WA_GUESS_PASSWORD, "password"},
    {WA_GUESS_TOKEN, "token"},
    {WA_GUESS_MAIL, "mail"},
};

/* Names that are nobody's are counted too, so no user of that name is no failure. */
static enum ctl_exit
find(struct ctl *c, const char *text, struct user *u, const struct user **ret)
{
	enum wa_err e = wa_user_find(&c->cx, text, u);

	*ret = e == WA_OK ? u : NULL;
	return e == WA_OK || e == WA_ERR_NOT_FOUND ? CTL_OK : message_fail(e, text);
}

static enum wa_err
show_kind(struct ctl *c, struct output *o, size_t i, const struct user *user, const char *name)
{
	struct wa_guess_state state;
	enum wa_err e = wa_guess_show(&c->cx, kinds[i].kind, user, name, &state);

	if (e != WA_OK)
		return e;
	output_text(o, kinds[i].name);
	output_int(o, state.failures);
	output_int(o, (state.wait_ms + 999) / 1000);
	output_row(o);
	return WA_OK;
}

enum ctl_exit
limit_show(struct ctl *c)
{
	WA_CLEANUP(output_done) struct output o;
	const char *name = c->operands[0];
	const struct user *user;
	struct user u;
	enum ctl_exit x;
	enum wa_err e = WA_OK;

	output_list(&o, c->format, "limits", fields, WA_ARRAY_LEN(fields));
	x = find(c, name, &u, &user);
	if (x != CTL_OK)
		return x;
	for (size_t i = 0; e == WA_OK && i < WA_ARRAY_LEN(kinds); i++)
		e = show_kind(c, &o, i, user, name);
	if (e != WA_OK)
		return message_fail(e, name);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}

enum ctl_exit
limit_reset(struct ctl *c)
{
	struct output o;
	const char *name = c->operands[0];
	const struct user *user;
	struct user u;
	enum ctl_exit x = find(c, name, &u, &user);
	enum wa_err e;

	if (x != CTL_OK)
		return x;
	e = wa_guess_reset(&c->cx, user, name);
	if (e != WA_OK)
		return message_fail(e, name);
	output_record(&o, c->format, "reset", reset_fields, WA_ARRAY_LEN(reset_fields));
	output_text(&o, user != NULL ? user->email : name);
	output_row(&o);
	return output_end(&o) ? CTL_OK : CTL_FAILED;
}
