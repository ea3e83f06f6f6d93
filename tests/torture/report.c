// SPDX-License-Identifier: GPL-2.0
/* Failures and statistics. Each line is one write(), as many processes print. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pymm_util.h"
#include "torture.h"

/* More failures are counted, not printed. */
#define FAILURES_PRINTED	20

static const char *const names[TT_ACTORS] = {
	[TT_HOLD] = "hold",
	[TT_COUNTER] = "counter",
	[TT_SECTION] = "section",
	[TT_LOCK] = "lock",
	[TT_OBJECTS] = "objects",
	[TT_COLLECT] = "collect",
	[TT_PAUSE] = "pause",
	[TT_CLOSE] = "close",
	[TT_FORK] = "fork",
	[TT_ABANDON] = "abandon",
	[TT_CONFIG] = "config",
	[TT_LOOK] = "look",
	[TT_DUP] = "dup",
	[TT_PASS] = "pass",
	[TT_ARENA] = "arena",
	[TT_KILL] = "kill",
	[TT_STOP] = "stop",
	[TT_SIGNAL] = "signal",
	[TT_FREEZE] = "freeze",
	[TT_OOM] = "oom",
	[TT_TRACE] = "trace",
	[TT_BPF] = "bpf",
	[TT_UNLOAD] = "unload",
	[TT_RELOAD] = "reload",
	[TT_STUTTER] = "stutter",
};

const char *tt_actor_name(enum tt_actor actor)
{
	return names[actor];
}

static void print(const char *head, const char *format, va_list args)
{
	char line[512];
	int used = snprintf(line, sizeof(line) - 1, "%s", head);
	int more = vsnprintf(line + used, sizeof(line) - 1 - used, format, args);

	used += more < (int)sizeof(line) - 1 - used ? more : (int)sizeof(line) - 2 - used;
	line[used++] = '\n';
	if (write(STDOUT_FILENO, line, used) != used)
		_exit(1);
}

void tt_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("# ", format, args);
	va_end(args);
}

void tt_fail(struct tt_shared *shared, const char *format, ...)
{
	va_list args;

	if (tt_add(shared->failures, 1) >= FAILURES_PRINTED)
		return;
	va_start(args, format);
	print("not ok: ", format, args);
	va_end(args);
}

void tt_operation(struct tt_shared *shared, enum tt_actor actor, uint64_t since)
{
	struct tt_count *count = &shared->counts[actor];
	uint64_t took = pt_now() - since;
	uint64_t longest = tt_get(count->longest_ns);

	tt_add(count->operations, 1);
	while (took > longest &&
	       !__atomic_compare_exchange_n(&count->longest_ns, &longest, took, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void tt_error(struct tt_shared *shared, enum tt_actor actor, int ret)
{
	unsigned int number = -ret;

	tt_add(shared->counts[actor].errors[number < TT_ERRNOS ? number : 0], 1);
}

static void print_actor(const struct tt_count *count, const char *name)
{
	char errors[256] = "";

	for (unsigned int i = 0; i < TT_ERRNOS; i++)
		if (count->errors[i])
			snprintf(errors + strlen(errors), sizeof(errors) - strlen(errors),
				 " %s=%" PRIu64, strerrorname_np(i), count->errors[i]);
	tt_say("%-8s %8" PRIu64 " operations, longest %6llu ms%s", name, count->operations,
	       count->longest_ns / NS_PER_MS, errors);
}

void tt_statistics(struct tt_shared *shared)
{
	for (unsigned int i = 0; i < TT_ACTORS; i++) {
		if (!shared->options.actors[i])
			continue;
		print_actor(&shared->counts[i], names[i]);
		if (!shared->counts[i].operations)
			tt_fail(shared, "%s did nothing", names[i]);
	}
	tt_say("killed: %" PRIu64 " holding, %" PRIu64 " waiting, %" PRIu64 " running, %" PRIu64
	       " else; %" PRIu64 " by the OOM killer; %" PRIu64 " had the RLock",
	       shared->killed[TT_HOLDING],
	       shared->killed[TT_WAITING], shared->killed[TT_RUNNING], shared->killed[TT_IDLE],
	       shared->oom_kills, shared->rlocks_told);
}
