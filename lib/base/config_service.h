/*
 * The sections of services while a configuration is read; the rest of what config_service.c does is
 * declared in config.h.
 */
#ifndef LIB_BASE_CONFIG_SERVICE_H
#define LIB_BASE_CONFIG_SERVICE_H

#include "lib/base/config_file.h"

/* The service of a section; NULL unless it is "pam SERVICE". */
const char *wa_config_service_of(const char *section);

/* Adds that service with all the file says about it, once; [pam] must be complete. */
WA_OUTCOME wa_config_service_enter(
    struct wa_settings *s, const struct wa_config_file *f, const char *name);

#endif
