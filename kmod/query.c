// SPDX-License-Identifier: GPL-2.0-only
/* QUERY, CONFIG and STAT. */
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ioctl.h"

#define PYMM_CONFIG_FIELDS	(PYMM_CONFIG_SWITCH_INTERVAL | PYMM_CONFIG_FLAGS |		\
				 PYMM_CONFIG_THRESHOLDS | PYMM_CONFIG_MAX_OBJECTS |		\
				 PYMM_CONFIG_MAX_BYTES | PYMM_CONFIG_MAX_THREADS |		\
				 PYMM_CONFIG_POLICY)
#define PYMM_CONFIG_F_ALL	(PYMM_CONFIG_F_GC | PYMM_CONFIG_F_CHECK_ALL)

/* ---- QUERY ---- */

static u32 pymm_nr_opcodes(void)
{
	u32 nr = 0;

	while (pymm_opcode_name(nr))
		nr++;
	return nr;
}

static const char *pymm_query_name(u32 nr_opcodes, u32 index)
{
	if (index < nr_opcodes)
		return pymm_opcode_name(index);
	index -= nr_opcodes;
	return pymm_types[index] ? pymm_types[index]->name : "";
}

/* The names one after the other, or only their length if @to is NULL. */
static u32 pymm_query_names(u32 nr_opcodes, char *to)
{
	u32 i, size, total = 0;

	for (i = 0; i < nr_opcodes + PYMM_NR_TYPES; i++) {
		size = strlen(pymm_query_name(nr_opcodes, i)) + 1;
		if (to)
			memcpy(to + total, pymm_query_name(nr_opcodes, i), size);
		total += size;
	}
	return total;
}

static int pymm_query_write_names(u32 nr_opcodes, void __user *to, u32 size)
{
	char *names = kmalloc(size, PYMM_GFP);
	int err;

	if (!names)
		return -ENOMEM;
	pymm_query_names(nr_opcodes, names);
	err = copy_to_user(to, names, size) ? -EFAULT : 0;
	kfree(names);
	return err;
}

/** pymm_call_query() - PYMM_IOC_QUERY, see struct pymm_query */
int pymm_call_query(struct pymm_call *call)
{
	struct pymm_query *query = &call->args.query;
	u32 nr_opcodes = pymm_nr_opcodes();
	u32 names_size = pymm_query_names(nr_opcodes, NULL);
	void __user *names = u64_to_user_ptr(query->names);

	if (query->flags)
		return -EOPNOTSUPP;
	if (query->reserved || query->reserved2)
		return -EINVAL;
	if (names && query->names_size >= names_size) {
		int err = pymm_query_write_names(nr_opcodes, names, names_size);

		if (err)
			return err;
	}
	query->rights = call->arena_file->rights;
	query->abi_version = PYMM_ABI_VERSION;
	query->nr_opcodes = nr_opcodes;
	query->nr_types = PYMM_NR_TYPES;
	query->names_size = names_size;
	query->run_flags = PYMM_RUN_FLAGS;
	query->config_fields = PYMM_CONFIG_FIELDS;
	query->config_flags = PYMM_CONFIG_F_ALL;
	query->max_insns = PYMM_MAX_INSNS;
	query->max_consts = PYMM_MAX_CONSTS;
	query->max_slots = PYMM_MAX_SLOTS;
	query->max_image_size = PYMM_MAX_IMAGE;
	query->max_depth = PYMM_MAX_DEPTH;
	query->arena_id = call->arena_file->arena->id;
	query->policies = pymm_gil_policies_known();
	return 0;
}

/* ---- CONFIG ---- */

static bool pymm_config_valid(const struct pymm_config *config)
{
	u32 fields = config->fields, i;

	if (config->reserved)
		return false;
	if ((fields & PYMM_CONFIG_SWITCH_INTERVAL) &&
	    (!config->switch_interval_ns || config->switch_interval_ns > 3600ULL * NSEC_PER_SEC))
		return false;
	for (i = 0; (fields & PYMM_CONFIG_THRESHOLDS) && i < PYMM_GENERATIONS; i++)
		if (config->thresholds[i] > S32_MAX)
			return false;
	if ((fields & PYMM_CONFIG_MAX_THREADS) &&
	    (!config->max_threads || config->max_threads > 65536))
		return false;
	if ((fields & PYMM_CONFIG_MAX_OBJECTS) &&
	    (config->max_objects < 1024 || config->max_objects > PYMM_MAX_OBJECTS))
		return false;
	return !(fields & PYMM_CONFIG_MAX_BYTES) ||
	       (config->max_bytes >= 1U << 20 && config->max_bytes <= 1ULL << 40);
}

static void pymm_config_apply(struct pymm_arena *arena, const struct pymm_config *config)
{
	u32 fields = config->fields;

	if (fields & PYMM_CONFIG_SWITCH_INTERVAL)
		pymm_gil_set_interval(&arena->gil, config->switch_interval_ns);
	if (fields & PYMM_CONFIG_POLICY)
		pymm_gil_set_policy(&arena->gil, config->policy);
	if (fields & PYMM_CONFIG_FLAGS) {
		arena->gc.enabled = config->flags & PYMM_CONFIG_F_GC;
		WRITE_ONCE(arena->check_all, config->flags & PYMM_CONFIG_F_CHECK_ALL);
	}
	if (fields & PYMM_CONFIG_THRESHOLDS)
		memcpy(arena->gc.thresholds, config->thresholds, sizeof(config->thresholds));
	if (fields & PYMM_CONFIG_MAX_THREADS)
		arena->max_threads = config->max_threads;
	if (fields & PYMM_CONFIG_MAX_OBJECTS)
		arena->heap.max_objects = config->max_objects;
	if (fields & PYMM_CONFIG_MAX_BYTES)
		arena->heap.max_bytes = config->max_bytes;
}

static void pymm_config_read(struct pymm_arena *arena, struct pymm_config *config)
{
	spin_lock_bh(&arena->gil.lock);
	config->switch_interval_ns = arena->gil.interval_ns;
	config->policy = pymm_gil_policy_number(arena->gil.policy);
	spin_unlock_bh(&arena->gil.lock);
	config->flags = (arena->gc.enabled ? PYMM_CONFIG_F_GC : 0) |
			(arena->check_all ? PYMM_CONFIG_F_CHECK_ALL : 0);
	memcpy(config->thresholds, arena->gc.thresholds, sizeof(config->thresholds));
	config->max_threads = arena->max_threads;
	config->max_objects = arena->heap.max_objects;
	config->max_bytes = arena->heap.max_bytes;
}

/** pymm_call_config() - PYMM_IOC_CONFIG, see struct pymm_config */
int pymm_call_config(struct pymm_call *call)
{
	struct pymm_config *config = &call->args.config;
	struct pymm_arena *arena = call->arena_file->arena;
	int err;

	if (config->fields & ~PYMM_CONFIG_FIELDS)
		return -EOPNOTSUPP;
	if ((config->fields & PYMM_CONFIG_FLAGS) && (config->flags & ~PYMM_CONFIG_F_ALL))
		return -EOPNOTSUPP;
	if ((config->fields & PYMM_CONFIG_POLICY) && !pymm_gil_policy(config->policy))
		return -EOPNOTSUPP;
	if (config->fields && !(call->arena_file->rights & PYMM_RIGHT_CONFIG))
		return -EACCES;
	if (!pymm_config_valid(config))
		return -EINVAL;
	err = pymm_arena_lock(arena);
	if (err)
		return err;
	pymm_config_apply(arena, config);
	pymm_config_read(arena, config);
	pymm_arena_unlock(arena);
	return 0;
}

/* ---- STAT ---- */

static void pymm_stat_heap(const struct pymm_arena *arena, struct pymm_stat *stat)
{
	const struct pymm_heap *heap = &arena->heap;
	const struct pymm_gc *gc = &arena->gc;
	u32 i;

	stat->objects = heap->objects;
	stat->objects_allocated = heap->allocated;
	stat->objects_freed = heap->allocated - heap->objects;
	stat->bytes = heap->bytes;
	stat->bytes_peak = heap->bytes_peak;
	for (i = 0; i < PYMM_GENERATIONS; i++) {
		stat->tracked[i] = pymm_gc_tracked(gc, i);
		stat->collections[i] = gc->collections[i];
		stat->collected[i] = gc->collected[i];
		stat->counts[i] = gc->counts[i];
	}
	stat->frozen = gc->segs[PYMM_SEG_PERMANENT].live;
	stat->pool_bytes = heap->pools.bytes;
	stat->gc_ns = gc->ns;
	stat->steps = atomic64_read(&arena->steps);
	stat->threads = atomic_read(&arena->nr_threads);
	stat->unraisable = arena->unraisable;
	if (arena->globals) {
		stat->objects_immortal = PYMM_NO_FIRST_MORTAL - 1;
		stat->names = pymm_object(arena, arena->globals)->len;
	}
}

static void pymm_stat_gil(struct pymm_gil *gil, struct pymm_stat *stat)
{
	spin_lock_bh(&gil->lock);
	stat->gil_switches = gil->switch_number;
	stat->gil_drop_requests = gil->drop_requests;
	stat->gil_forced_switches = gil->forced_switches;
	stat->gil_waiters = gil->nr_waiters;
	stat->gil_holder = gil->holder ? gil->holder->id : 0;
	stat->gil_abandoned = gil->abandoned;
	spin_unlock_bh(&gil->lock);
}

/** pymm_call_stat() - PYMM_IOC_STAT, see struct pymm_stat */
int pymm_call_stat(struct pymm_call *call)
{
	struct pymm_stat *stat = &call->args.stat;
	struct pymm_arena *arena = call->arena_file->arena;
	int err;

	if (stat->flags)
		return -EOPNOTSUPP;
	if (stat->reserved)
		return -EINVAL;
	err = pymm_arena_lock(arena);
	if (err)
		return err;
	*stat = (struct pymm_stat){};
	pymm_stat_heap(arena, stat);
	pymm_arena_unlock(arena);
	pymm_stat_gil(&arena->gil, stat);
	return 0;
}
