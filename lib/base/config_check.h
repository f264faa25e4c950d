/*
 * Whether settings that are each good alone are good together.
 */
#ifndef LIB_BASE_CONFIG_CHECK_H
#define LIB_BASE_CONFIG_CHECK_H

#include "lib/base/config.h"

WA_OUTCOME wa_config_check(const struct wa_settings *s);

#endif
