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

/* "CPU WAIT SLICES" of one thread. */
static void
add_schedstat(const char *path, struct process_time *sum)
{
	char line[128] = "";
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return;
	if (fgets(line, sizeof(line), f) != NULL) {
		sum->cpu_ns += number_at(line);
		sum->wait_ns += number_at(line + strcspn(line, " "));
	}
	(void)fclose(f);
}

struct process_time
process_time(const char *pid)
{
	struct process_time sum = {0, 0};
	char path[512];
	struct dirent *entry;
	DIR *tasks;

	(void)snprintf(path, sizeof(path), "/proc/%s/task", pid);
	tasks = opendir(path);
	if (tasks == NULL)
		return sum;
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(
		    path, sizeof(path), "/proc/%s/task/%s/schedstat", pid, entry->d_name);
		add_schedstat(path, &sum);
	}
	(void)closedir(tasks);
	return sum;
}

struct process_time
process_times(const char *const *pids, size_t n)
{
	struct process_time sum = {0, 0};

	for (size_t i = 0; i < n; i++) {
		struct process_time t = process_time(pids[i]);

		sum.cpu_ns += t.cpu_ns;
		sum.wait_ns += t.wait_ns;
	}
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
