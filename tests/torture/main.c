// SPDX-License-Identifier: GPL-2.0
/*
 * pymm_torture: see torture.h.
 *
 *   pymm_torture [OPTIONS]
 *     -s SECONDS    how long (10)
 *     -r SEED       what the actions follow from (the time)
 *     -p PROCESSES  workers, at most 16 (4); every second one is killed at random
 *     -t THREADS    in each of them, at most 16 (3)
 *     -a ACTORS     only these, or with ^ before them all but these: hold,counter,kill
 *     -w SECONDS    how long an action may take (30, times PYMM_SLOWER)
 *     -o OBJECTS    of the arena that dies beside an unload (1000000)
 *     -k FILE       the module, for reload; without it there is none
 *
 * Status: 0 all is right, 1 something is wrong, 2 wrong usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pymm_util.h"
#include "torture.h"

static int usage(void)
{
	fprintf(stderr, "usage: pymm_torture [-s SECONDS] [-r SEED] [-p PROCESSES] [-t THREADS]\n"
		"         [-a [^]ACTOR,...] [-w SECONDS] [-o OBJECTS] [-k MODULE]\nactors:");
	for (unsigned int i = 0; i < TT_ACTORS; i++)
		fprintf(stderr, " %s", tt_actor_name(i));
	fputc('\n', stderr);
	return 2;
}

static bool choose_actors(struct tt_options *options, char *list)
{
	bool but = *list == '^';
	char *name;

	for (unsigned int i = 0; i < TT_ACTORS; i++)
		options->actors[i] = but;
	list += but;
	while ((name = strsep(&list, ","))) {
		unsigned int i = 0;

		while (i < TT_ACTORS && strcmp(name, tt_actor_name(i)))
			i++;
		if (i == TT_ACTORS)
			return false;
		options->actors[i] = !but;
	}
	return true;
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && end != text && !*end && *text != '-' && *value >= least && *value <= most;
}

static bool small_number(const char *text, unsigned int most, unsigned int *value)
{
	uint64_t wide;

	if (!number(text, 1, most, &wide))
		return false;
	*value = wide;
	return true;
}

static bool option(struct tt_options *options, int letter)
{
	switch (letter) {
	case 's':
		return small_number(optarg, 1000000, &options->seconds);
	case 'r':
		return number(optarg, 0, UINT64_MAX, &options->seed);
	case 'p':
		return small_number(optarg, TT_MAX_PROCESSES, &options->processes);
	case 't':
		return small_number(optarg, TT_MAX_THREADS, &options->threads);
	case 'a':
		return choose_actors(options, optarg);
	case 'w':
		return small_number(optarg, 100000, &options->stall);
	case 'o':
		return small_number(optarg, 100000000, &options->objects);
	case 'k':
		options->module = optarg;
		return true;
	default:
		return false;
	}
}

static bool parse(struct tt_options *options, int argc, char **argv)
{
	int letter;

	*options = (struct tt_options){
		.seconds = 10,
		.seed = pt_now() / NS_PER_MS,
		.processes = 4,
		.threads = 3,
		.stall = 30 * pt_slower(),
		.objects = 1000000,
	};
	for (unsigned int i = 0; i < TT_ACTORS; i++)
		options->actors[i] = true;
	while ((letter = getopt(argc, argv, "s:r:p:t:a:w:o:k:")) != -1)
		if (!option(options, letter))
			return false;
	if (!options->module)
		options->actors[TT_RELOAD] = false;
	return optind == argc;
}

static struct tt_shared *make_shared(const struct tt_options *options)
{
	struct tt_shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		pt_die("mmap: %s", strerror(errno));
	shared->options = *options;
	return shared;
}

int main(int argc, char **argv)
{
	struct tt_options options;
	struct tt_shared *shared;
	pid_t controller;
	int status;

	if (!parse(&options, argc, argv))
		return usage();
	shared = make_shared(&options);
	tt_say("%u s, seed %llu, %u processes, %u threads in each", options.seconds,
	       (unsigned long long)options.seed, options.processes, options.threads);
	tt_beat(shared);
	controller = pt_fork();
	if (!controller) {
		setpgid(0, 0);
		_exit(tt_control(shared));
	}
	/* Both do it, as either may be first. */
	setpgid(controller, controller);
	status = tt_watch(shared, controller);
	tt_say("%u rounds", shared->rounds);
	if (!status)
		tt_statistics(shared);
	tt_say("%u failures", shared->failures);
	return status || shared->failures ? 1 : 0;
}
