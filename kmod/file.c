// SPDX-License-Identifier: GPL-2.0-only
/* Arena and thread files: opening, duplicating, closing. */
#include <linux/fs.h>

#include "ioctl.h"

static struct pymm_arena_file *pymm_arena_file_new(struct pymm_arena *arena, u32 rights)
{
	struct pymm_arena_file *file = kmalloc(sizeof(*file), PYMM_GFP);

	if (file) {
		file->arena = arena;
		file->rights = rights;
	}
	return file;
}

/** pymm_arena_file_open() - open() of the device: a fresh arena, all rights */
int pymm_arena_file_open(struct inode *inode, struct file *file)
{
	struct pymm_arena *arena;
	int err;

	err = pymm_arena_wait_dying();
	if (err)
		return err;
	arena = pymm_arena_new();
	if (!arena)
		return -ENOMEM;
	file->private_data = pymm_arena_file_new(arena, PYMM_RIGHTS_ALL);
	if (!file->private_data) {
		pymm_arena_put(arena);
		return -ENOMEM;
	}
	return 0;
}

/** pymm_arena_file_release() - the last reference to an arena file is gone */
int pymm_arena_file_release(struct inode *inode, struct file *file)
{
	struct pymm_arena_file *arena_file = file->private_data;

	pymm_arena_put(arena_file->arena);
	kfree(arena_file);
	return 0;
}

/** pymm_call_dup() - PYMM_IOC_DUP, see struct pymm_dup */
int pymm_call_dup(struct pymm_call *call)
{
	struct pymm_arena *arena = call->arena_file->arena;
	struct pymm_dup *dup = &call->args.dup;
	struct pymm_arena_file *file;
	int err;

	if (dup->flags || (dup->rights & ~PYMM_RIGHTS_ALL))
		return -EOPNOTSUPP;
	if (dup->reserved)
		return -EINVAL;
	if (dup->rights & ~call->arena_file->rights)
		return -EACCES;
	file = pymm_arena_file_new(arena, dup->rights);
	if (!file)
		return -ENOMEM;
	pymm_arena_get(arena);
	err = pymm_call_new_file(call, "[pymm-arena]", &pymm_arena_fops, file);
	if (err) {
		pymm_arena_put(arena);
		kfree(file);
		return err;
	}
	dup->fd = call->new_fd;
	return 0;
}

/* ---- threads ---- */

/*
 * Close a thread: the GIL is abandoned at once; what its frames hold is dropped by whoever
 * has arena->lock next. Nothing here waits for a program. The thread's reference to the
 * arena goes with it.
 */
static void pymm_thread_close(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;

	pymm_arena_get(arena);
	WRITE_ONCE(thread->closed, true);
	pymm_gil_abandon(thread);
	atomic_dec(&arena->nr_threads);
	llist_add(&thread->orphan, &arena->orphans);
	pymm_arena_reap_later(arena);
	pymm_arena_put(arena);
}

/** pymm_thread_file_release() - the last reference to a thread file is gone */
int pymm_thread_file_release(struct inode *inode, struct file *file)
{
	pymm_thread_close(file->private_data);
	return 0;
}

static int pymm_thread_new(struct pymm_arena *arena, struct pymm_thread **result)
{
	struct pymm_thread *thread;
	int err;

	thread = kzalloc(sizeof(*thread), PYMM_GFP);
	if (!thread)
		return -ENOMEM;
	err = pymm_arena_lock(arena);
	if (err) {
		kfree(thread);
		return err;
	}
	if (atomic_read(&arena->nr_threads) >= arena->max_threads)
		err = -EDQUOT;
	else
		err = pymm_arena_prepare(arena);
	if (err) {
		pymm_arena_unlock(arena);
		kfree(thread);
		return err;
	}
	pymm_arena_get(arena);
	thread->arena = arena;
	INIT_LIST_HEAD(&thread->held);
	thread->id = ++arena->last_thread_id;
	list_add_tail(&thread->node, &arena->threads);
	atomic_inc(&arena->nr_threads);
	pymm_arena_unlock(arena);
	*result = thread;
	return 0;
}

/** pymm_call_thread() - PYMM_IOC_THREAD, see struct pymm_thread_new */
int pymm_call_thread(struct pymm_call *call)
{
	struct pymm_thread_new *args = &call->args.thread_new;
	struct pymm_thread *thread;
	int err;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved)
		return -EINVAL;
	err = pymm_thread_new(call->arena_file->arena, &thread);
	if (err)
		return err;
	err = pymm_call_new_file(call, "[pymm-thread]", &pymm_thread_fops, thread);
	if (err) {
		pymm_thread_close(thread);
		return err;
	}
	args->fd = call->new_fd;
	args->thread_id = thread->id;
	return 0;
}
