// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two ways to do the same, measured in turns.
 */
#include <stdlib.h>
#include <string.h>

#include "workload_modes.h"

/* Every other run begins with the second way, so that neither is always the first. */
static int measure_run(struct workload *w, struct ways *ways, unsigned int run,
		       int (*measure)(void *arg, unsigned int run, enum way way, uint64_t *ns,
				      struct progress *progress), void *arg)
{
	struct progress progress = { .started_ns = time_now() };
	int ret = CMD_OK;

	snprintf(progress.what, sizeof(progress.what), "run %u of %u", run + 1, w->nr_runs);
	for (unsigned int i = 0; !ret && i < NR_WAYS; i++) {
		enum way way = (i ^ run) & 1 ? WAY_SHARED : WAY_SERIAL;

		ret = measure(arg, run, way, &ways->ns[run][way], &progress);
	}
	progress_end(&progress);
	return ret;
}

static void sort(struct ways *ways, enum way way)
{
	for (unsigned int i = 0; i < ways->nr; i++)
		ways->sorted[way][i] = ways->ns[i][way];
	qsort(ways->sorted[way], ways->nr, sizeof(**ways->sorted), compare_u64);
}

int ways_measure(struct workload *w, struct ways *ways,
		 int (*measure)(void *arg, unsigned int run, enum way way, uint64_t *ns,
				struct progress *progress), void *arg)
{
	int ret = CMD_OK;

	*ways = (struct ways){
		.nr = w->nr_runs,
		.ns = calloc(w->nr_runs, sizeof(*ways->ns)),
		.sorted = {
			calloc(w->nr_runs, sizeof(**ways->sorted)),
			calloc(w->nr_runs, sizeof(**ways->sorted)),
		},
	};
	if (!ways->ns || !ways->sorted[WAY_SERIAL] || !ways->sorted[WAY_SHARED])
		return cmd_fail(w->cmd, "out of memory");
	for (unsigned int run = 0; !ret && run < ways->nr; run++)
		ret = measure_run(w, ways, run, measure, arg);
	if (ret)
		return ret;
	sort(ways, WAY_SERIAL);
	sort(ways, WAY_SHARED);
	return CMD_OK;
}

void ways_free(struct ways *ways)
{
	free(ways->ns);
	free(ways->sorted[WAY_SERIAL]);
	free(ways->sorted[WAY_SHARED]);
}

uint64_t ways_best(const struct ways *ways, enum way way)
{
	return ways->sorted[way][0];
}

uint64_t ways_median(const struct ways *ways, enum way way)
{
	return ways->sorted[way][ways->nr / 2];
}
