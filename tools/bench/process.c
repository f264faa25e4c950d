/* /proc. */
#include "tools/bench/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/parse.h"

static uint64_t
number_at(const char *text)
{
	uint64_t v = 0;

	text += strspn(text, " \t");
	(void)wa_parse_uint(text, strspn(text, "0123456789"), UINT64_MAX, &v);
	return v;
}

static uint64_t
first_number(const char *path)
{
	char line[128] = "";
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	(void)fclose(f);
	return number_at(line);
}

uint64_t
process_cpu_ns(const char *pid)
{
	char path[512];
	struct dirent *entry;
	uint64_t sum = 0;
	DIR *tasks;

	(void)snprintf(path, sizeof(path), "/proc/%s/task", pid);
	tasks = opendir(path);
	if (tasks == NULL)
		return 0;
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(
		    path, sizeof(path), "/proc/%s/task/%s/schedstat", pid, entry->d_name);
		sum += first_number(path);
	}
	(void)closedir(tasks);
	return sum;
}

static uint64_t
status_kb(const char *pid, const char *key)
{
	char path[64], line[256];
	uint64_t kb = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			kb = number_at(line + strlen(key));
	(void)fclose(f);
	return kb;
}

uint64_t
process_rss_kb(const char *pid)
{
	return status_kb(pid, "VmRSS:");
}

uint64_t
process_peak_kb(const char *pid)
{
	return status_kb(pid, "VmHWM:");
}
