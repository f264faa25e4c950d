/* What a User-Agent header says about browser and system, for people to recognise their own. */
#ifndef SESSIOND_PAGES_DEVICE_H
#define SESSIOND_PAGES_DEVICE_H

/* Names such as "Firefox" and "Android"; NULL where the header names none that is known. */
const char *device_browser(const char *user_agent);
const char *device_system(const char *user_agent);

#endif
