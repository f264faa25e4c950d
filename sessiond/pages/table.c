/* Every page and form: the routes that sessiond/routes serves besides its own. */
#include "sessiond/pages/page.h"

const char *const page_templates[] = {
    "sign-in",
    "sign-up",
    "forgot-password",
    "reset-password",
    "verified",
    "account",
    "error",
};
const size_t page_templates_n = WA_ARRAY_LEN(page_templates);

/* A page; signed in: as the name says. */
#define SHOW(at, signed_in)                                                                \
	{                                                                                  \
		.method = HTTP_GET, .space = ROUTE_PAGES, .path = (at), .lane = LANE_LOOP, \
		.session = (signed_in), .refuse = page_show_refuse, .run = page_show_run,  \
	}

/* A form: lane and session are those of the JSON route behind it. Forms of other sites are refused
 * whether or not they come with a cookie. */
#define FORM(at, on, signed_in)                                                                   \
	{                                                                                         \
		.method = HTTP_POST, .space = ROUTE_PAGES, .path = (at), .lane = (on),            \
		.session = (signed_in), .form = true, .csrf = true, .schema = page_action_schema, \
		.refuse = page_action_refuse, .run = page_action_run,                             \
	}

/* The address of a form that is no page. */
#define BACK(at)                                                                           \
	{                                                                                  \
		.method = HTTP_GET, .space = ROUTE_PAGES, .path = (at), .lane = LANE_LOOP, \
		.run = page_action_get_run,                                                \
	}

const struct route page_routes[] = {
    {
	.method = HTTP_GET,
	.space = ROUTE_PAGES,
	.path = "/assets/:name",
	.lane = LANE_LOOP,
	.run = page_asset_run,
    },
    {
	.method = HTTP_GET,
	.space = ROUTE_ROOT,
	.path = "/",
	.lane = LANE_LOOP,
	.session = ROUTE_SESSION_OPTIONAL,
	.refuse = page_show_refuse,
	.run = page_root_run,
    },
    SHOW("/sign-in", ROUTE_SESSION_OPTIONAL),
    SHOW("/sign-up", ROUTE_SESSION_OPTIONAL),
    SHOW("/forgot-password", ROUTE_SESSION_NONE),
    SHOW("/reset-password", ROUTE_SESSION_NONE),
    SHOW("/verified", ROUTE_SESSION_OPTIONAL),
    SHOW("/account", ROUTE_SESSION_REQUIRED),
    FORM("/sign-in", LANE_HASH, ROUTE_SESSION_NONE),
    FORM("/sign-up", LANE_HASH, ROUTE_SESSION_NONE),
    FORM("/sign-out", LANE_STORE, ROUTE_SESSION_NONE),
    FORM("/request-password-reset", LANE_STORE, ROUTE_SESSION_NONE),
    FORM("/reset-password", LANE_HASH, ROUTE_SESSION_NONE),
    FORM("/send-verification-email", LANE_STORE, ROUTE_SESSION_OPTIONAL),
    FORM("/update-user", LANE_STORE, ROUTE_SESSION_REQUIRED),
    FORM("/change-email", LANE_STORE, ROUTE_SESSION_REQUIRED),
    FORM("/change-password", LANE_HASH, ROUTE_SESSION_REQUIRED),
    FORM("/revoke-session", LANE_STORE, ROUTE_SESSION_REQUIRED),
    FORM("/revoke-other-sessions", LANE_STORE, ROUTE_SESSION_REQUIRED),
    FORM("/create-app-password", LANE_STORE, ROUTE_SESSION_FRESH),
    FORM("/revoke-app-password", LANE_STORE, ROUTE_SESSION_REQUIRED),
    FORM("/delete-user", LANE_HASH, ROUTE_SESSION_REQUIRED),
    BACK("/sign-out"),
    BACK("/request-password-reset"),
    BACK("/send-verification-email"),
    BACK("/update-user"),
    BACK("/change-email"),
    BACK("/change-password"),
    BACK("/revoke-session"),
    BACK("/revoke-other-sessions"),
    BACK("/create-app-password"),
    BACK("/revoke-app-password"),
    BACK("/delete-user"),
};
const size_t page_routes_n = WA_ARRAY_LEN(page_routes);
