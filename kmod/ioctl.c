// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctl dispatcher: sizes, copies, rights, file descriptors. The only file that sees a
 * command number or a user's struct.
 */
#include <linux/anon_inodes.h>
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/module.h>

#include "compat.h"
#include "defect.h"
#include "ioctl.h"

/**
 * struct pymm_ioctl - an ioctl
 * @execute: does it
 * @size: of its struct
 * @size_ver0: of the first version of its struct
 * @rights: that an arena fd needs
 */
struct pymm_ioctl {
	int (*execute)(struct pymm_call *call);
	u32 size;
	u32 size_ver0;
	u32 rights;
};

#define PYMM_NR_FIRST_THREAD	_IOC_NR(PYMM_IOC_RUN)

static const struct pymm_ioctl pymm_arena_ioctls[] = {
	[_IOC_NR(PYMM_IOC_QUERY)] = { pymm_call_query, sizeof(struct pymm_query),
				      PYMM_QUERY_SIZE_VER0, 0 },
	[_IOC_NR(PYMM_IOC_CONFIG)] = { pymm_call_config, sizeof(struct pymm_config),
				       PYMM_CONFIG_SIZE_VER0, 0 },
	[_IOC_NR(PYMM_IOC_THREAD)] = { pymm_call_thread, sizeof(struct pymm_thread_new),
				       PYMM_THREAD_NEW_SIZE_VER0, PYMM_RIGHT_RUN },
	[_IOC_NR(PYMM_IOC_DUP)] = { pymm_call_dup, sizeof(struct pymm_dup),
				    PYMM_DUP_SIZE_VER0, 0 },
	[_IOC_NR(PYMM_IOC_STAT)] = { pymm_call_stat, sizeof(struct pymm_stat),
				     PYMM_STAT_SIZE_VER0, PYMM_RIGHT_INSPECT },
	[_IOC_NR(PYMM_IOC_DUMP)] = { pymm_call_dump, sizeof(struct pymm_dump),
				     PYMM_DUMP_SIZE_VER0, PYMM_RIGHT_INSPECT },
};

static const struct pymm_ioctl pymm_thread_ioctls[] = {
	[_IOC_NR(PYMM_IOC_RUN) - PYMM_NR_FIRST_THREAD] = { pymm_call_run, sizeof(struct pymm_run),
							   PYMM_RUN_SIZE_VER0, 0 },
	[_IOC_NR(PYMM_IOC_GIL) - PYMM_NR_FIRST_THREAD] = { pymm_call_gil,
							   sizeof(struct pymm_gil_args),
							   PYMM_GIL_SIZE_VER0, 0 },
};

/* The contract, pinned: these numbers may grow at the end, and never otherwise. */
static_assert(sizeof(struct pymm_query) == PYMM_QUERY_SIZE_VER1);
static_assert(sizeof(struct pymm_config) == PYMM_CONFIG_SIZE_VER1);
static_assert(sizeof(struct pymm_thread_new) == PYMM_THREAD_NEW_SIZE_VER0);
static_assert(sizeof(struct pymm_dup) == PYMM_DUP_SIZE_VER0);
static_assert(sizeof(struct pymm_stat) == PYMM_STAT_SIZE_VER1);
static_assert(sizeof(struct pymm_dump) == PYMM_DUMP_SIZE_VER0);
static_assert(sizeof(struct pymm_run) == PYMM_RUN_SIZE_VER1);
static_assert(sizeof(struct pymm_gil_args) == PYMM_GIL_SIZE_VER0);
static_assert(offsetof(struct pymm_query, names) == 24);
static_assert(offsetof(struct pymm_query, policies) == PYMM_QUERY_SIZE_VER0);
static_assert(offsetof(struct pymm_config, thresholds) == 16);
static_assert(offsetof(struct pymm_config, max_bytes) == 40);
static_assert(offsetof(struct pymm_config, policy) == PYMM_CONFIG_SIZE_VER0);
static_assert(offsetof(struct pymm_stat, tracked) == 56);
static_assert(offsetof(struct pymm_stat, gil_waiters) == 208);
static_assert(offsetof(struct pymm_stat, frozen) == PYMM_STAT_SIZE_VER0);
static_assert(offsetof(struct pymm_run, output) == 16);
static_assert(offsetof(struct pymm_run, max_steps) == 40);
static_assert(offsetof(struct pymm_run, message) == 80);
static_assert(offsetof(struct pymm_run, traceback) == PYMM_RUN_SIZE_VER0);
static_assert(offsetof(struct pymm_gil_args, deadline) == 8);
static_assert(offsetof(struct pymm_gil_args, drops) == 80);
static_assert(sizeof(struct pymm_insn) == 16);
static_assert(sizeof(struct pymm_handler) == 16);
static_assert(sizeof(struct pymm_traceback) == 64);
static_assert(sizeof(struct pymm_exception_record) == 8);
static_assert(sizeof(struct pymm_code) == 24);
static_assert(sizeof(struct pymm_image) == 16);
static_assert(sizeof(struct pymm_const) == 8);
static_assert(sizeof(struct pymm_record) == 8);
static_assert(sizeof(struct pymm_dump_object) == 32);
static_assert(sizeof(struct pymm_dump_thread) == 96);
static_assert(sizeof(struct pymm_dump_lock) == 24);

/**
 * pymm_call_new_file() - make a file that the caller gets a descriptor of
 * @call: the call
 * @name: class name of the file
 * @fops: its operations
 * @private: its private data; becomes the file's on success
 *
 * Return: 0 or a negative errno.
 */
int pymm_call_new_file(struct pymm_call *call, const char *name,
		       const struct file_operations *fops, void *private)
{
	struct file *file;
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, private, O_RDWR | O_CLOEXEC);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	call->new_file = file;
	call->new_fd = fd;
	return 0;
}

/* The new file becomes visible when nothing can fail any more. */
static void pymm_call_finish(struct pymm_call *call, int err)
{
	if (!call->new_file)
		return;
	if (err) {
		put_unused_fd(call->new_fd);
		fput(call->new_file);
	} else {
		fd_install(call->new_fd, call->new_file);
	}
}

static const struct pymm_ioctl *pymm_ioctl_find(const struct pymm_ioctl *table, size_t entries,
						unsigned int first, unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd) - first;

	if (_IOC_TYPE(cmd) != PYMM_IOC_MAGIC || _IOC_DIR(cmd) != (_IOC_READ | _IOC_WRITE) ||
	    nr >= entries)
		return NULL;
	nr = array_index_nospec(nr, entries);
	return table[nr].execute ? &table[nr] : NULL;
}

static long pymm_call_execute(struct pymm_call *call, const struct pymm_ioctl *ioctl,
			      unsigned int cmd, void __user *to)
{
	size_t usize = _IOC_SIZE(cmd);
	int err;

	if (usize < ioctl->size_ver0)
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&call->args, ioctl->size, to, usize);
	if (err)
		return err;
	/* A struct that cannot be written back has no effect: write back what it holds. */
	if (pymm_copy_to_user(to, usize, &call->args, ioctl->size))
		return -EFAULT;
	if (pymm_defect(ANY))
		pymm_defect_call();
	err = ioctl->execute(call);
	if ((!err || call->respond) && pymm_copy_to_user(to, usize, &call->args, ioctl->size))
		err = -EFAULT;
	pymm_call_finish(call, err);
	return err;
}

static long pymm_arena_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pymm_call call = { .arena_file = file->private_data };
	const struct pymm_ioctl *ioctl;

	ioctl = pymm_ioctl_find(pymm_arena_ioctls, ARRAY_SIZE(pymm_arena_ioctls), 0, cmd);
	if (!ioctl)
		return -ENOTTY;
	if (ioctl->rights & ~call.arena_file->rights)
		return -EACCES;
	return pymm_call_execute(&call, ioctl, cmd, (void __user *)arg);
}

static long pymm_thread_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pymm_call call = { .thread = file->private_data };
	const struct pymm_ioctl *ioctl;
	long ret;

	ioctl = pymm_ioctl_find(pymm_thread_ioctls, ARRAY_SIZE(pymm_thread_ioctls),
				PYMM_NR_FIRST_THREAD, cmd);
	if (!ioctl)
		return -ENOTTY;
	if (test_and_set_bit_lock(0, &call.thread->busy))
		return -EBUSY;
	ret = pymm_call_execute(&call, ioctl, cmd, (void __user *)arg);
	clear_bit_unlock(0, &call.thread->busy);
	return ret;
}

const struct file_operations pymm_arena_fops = {
	.owner = THIS_MODULE,
	.open = pymm_arena_file_open,
	.release = pymm_arena_file_release,
	.unlocked_ioctl = pymm_arena_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

const struct file_operations pymm_thread_fops = {
	.owner = THIS_MODULE,
	.release = pymm_thread_file_release,
	.unlocked_ioctl = pymm_thread_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};
