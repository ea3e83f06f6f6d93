// SPDX-License-Identifier: GPL-2.0-only
/* The device, its files and descriptors. */
#include <errno.h>
#include <linux/anon_inodes.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SHIM_FIRST_FD	1000000
#define SHIM_MAX_FDS	2048

static struct {
	struct miscdevice *device;
	struct file *files[SHIM_MAX_FDS];
	bool used[SHIM_MAX_FDS];
	void (*look)(struct file *file, void *arg);
	void *look_arg;
} shim;

void shim_files_reset(void)
{
	shim_check(!shim_files(), "files are open across tests");
	shim.look = NULL;
}

void shim_on_close(void (*look)(struct file *file, void *arg), void *arg)
{
	shim.look = look;
	shim.look_arg = arg;
}

int misc_register(struct miscdevice *device)
{
	if (shim_fault(SHIM_ALLOC))
		return -ENOMEM;
	shim_check(!shim.device, "two devices");
	shim.device = device;
	return 0;
}

void misc_deregister(struct miscdevice *device)
{
	shim_check(shim.device == device, "another device");
	shim_check(!shim_files(), "the module is removed while its files are open");
	shim.device = NULL;
}

unsigned int shim_files(void)
{
	unsigned int i, count = 0;

	for (i = 0; i < SHIM_MAX_FDS; i++)
		count += shim.used[i];
	return count;
}

int get_unused_fd_flags(unsigned int flags)
{
	int i;

	shim_check(flags & O_CLOEXEC, "a descriptor that is not close-on-exec");
	if (shim_fault(SHIM_FD))
		return -EMFILE;
	for (i = 0; i < SHIM_MAX_FDS; i++)
		if (!shim.used[i]) {
			shim.used[i] = true;
			return SHIM_FIRST_FD + i;
		}
	return -EMFILE;
}

static unsigned int shim_fd_index(unsigned int fd)
{
	unsigned int i = fd - SHIM_FIRST_FD;

	shim_check(i < SHIM_MAX_FDS && shim.used[i], "descriptor %u is not in use", fd);
	return i;
}

void put_unused_fd(unsigned int fd)
{
	unsigned int i = shim_fd_index(fd);

	shim_check(!shim.files[i], "put_unused_fd() of an open file");
	shim.used[i] = false;
}

void fd_install(unsigned int fd, struct file *file)
{
	unsigned int i = shim_fd_index(fd);

	shim_check(!shim.files[i], "fd_install() twice");
	shim.files[i] = file;
}

struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv,
				int flags)
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	(void)name;
	(void)flags;
	if (!file)
		return ERR_PTR(-ENFILE);
	file->f_op = fops;
	file->private_data = priv;
	file->refs = 1;
	return file;
}

void fput(struct file *file)
{
	shim_check(file->refs > 0, "fput() too many");
	if (--file->refs)
		return;
	file->f_op->release(NULL, file);
	kfree(file);
}

long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return file->f_op->unlocked_ioctl(file, cmd, arg);
}

loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	(void)offset;
	(void)whence;
	return file->f_pos;
}

ssize_t simple_read_from_buffer(void *to, size_t count, loff_t *pos, const void *from,
				size_t available)
{
	if (*pos < 0)
		return -EINVAL;
	if ((size_t)*pos >= available || !count)
		return 0;
	count = min(count, available - (size_t)*pos);
	if (copy_to_user(to, (const char *)from + *pos, count))
		return -EFAULT;
	*pos += count;
	return count;
}

/* ---- system calls ---- */

/* A call that is to be restarted after a signal's handler is not, here. */
static int shim_return(long ret)
{
	if (ret >= 0)
		return ret;
	errno = ret == -ERESTARTSYS ? EINTR : -ret;
	return -1;
}

static long shim_device_open(void)
{
	struct file *file;
	long err;
	int fd;

	if (!shim.device)
		return -ENOENT;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = anon_inode_getfile("", shim.device->fops, NULL, 0);
	err = IS_ERR(file) ? PTR_ERR(file) : file->f_op->open(NULL, file);
	if (!err) {
		fd_install(fd, file);
		return fd;
	}
	if (!IS_ERR(file))
		kfree(file);
	put_unused_fd(fd);
	return err;
}

int shim_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	if (!strcmp(path, "/dev/pymm"))
		return shim_return(shim_device_open());
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	return open(path, flags, mode);
}

static struct file *shim_file(int fd)
{
	unsigned int i = (unsigned int)fd - SHIM_FIRST_FD;

	return i < SHIM_MAX_FDS ? shim.files[i] : NULL;
}

void *shim_private(int fd)
{
	return shim_file(fd)->private_data;
}

int shim_ioctl(int fd, unsigned long request, ...)
{
	struct file *file = shim_file(fd);
	va_list args;
	void *arg;
	long ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (fd < SHIM_FIRST_FD)
		return ioctl(fd, request, arg);
	if (!file)
		return shim_return(-EBADF);
	if (!file->f_op->unlocked_ioctl)
		return shim_return(-ENOTTY);
	/* It stays while the call lasts, whoever closes it. */
	file->refs++;
	ret = file->f_op->unlocked_ioctl(file, request, (unsigned long)arg);
	fput(file);
	shim_check(!shim_mutex_held(), "a call returned with a mutex held");
	shim_signal_handled();
	return shim_return(ret);
}

ssize_t shim_read(int fd, void *to, size_t size)
{
	struct file *file = shim_file(fd);
	ssize_t ret;

	if (fd < SHIM_FIRST_FD)
		return read(fd, to, size);
	if (!file)
		ret = -EBADF;
	else
		ret = file->f_op->read ? file->f_op->read(file, to, size, &file->f_pos) : -EINVAL;
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

/* Of the module's files, F_DUPFD_CLOEXEC and F_GETFD alone. */
int shim_fcntl(int fd, int command, ...)
{
	struct file *file = shim_file(fd);
	va_list args;
	long arg;
	int copy;

	va_start(args, command);
	arg = va_arg(args, long);
	va_end(args);
	if (fd < SHIM_FIRST_FD)
		return fcntl(fd, command, arg);
	if (file && command == F_GETFD)
		return FD_CLOEXEC;
	if (!file || command != F_DUPFD_CLOEXEC)
		return shim_return(file ? -EINVAL : -EBADF);
	copy = get_unused_fd_flags(O_CLOEXEC);
	if (copy < 0)
		return shim_return(copy);
	file->refs++;
	fd_install(copy, file);
	return copy;
}

int shim_close(int fd)
{
	struct file *file = shim_file(fd);

	if (fd < SHIM_FIRST_FD)
		return close(fd);
	if (!file)
		return shim_return(-EBADF);
	if (shim.look)
		shim.look(file, shim.look_arg);
	shim.files[fd - SHIM_FIRST_FD] = NULL;
	put_unused_fd(fd);
	fput(file);
	return 0;
}
