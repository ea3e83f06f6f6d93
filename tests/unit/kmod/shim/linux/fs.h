/* SPDX-License-Identifier: GPL-2.0-only */
/* Files and descriptors, see shim_open(). */
#ifndef SHIM_LINUX_FS_H
#define SHIM_LINUX_FS_H

#include <fcntl.h>
#include <linux/uaccess.h>

struct inode;
struct file;

struct file_operations {
	void *owner;
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	long (*compat_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	ssize_t (*read)(struct file *file, char *to, size_t size, loff_t *pos);
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
};

struct file {
	const struct file_operations *f_op;
	void *private_data;
	loff_t f_pos;
	int refs;
};

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	unsigned short mode;
};

#define MISC_DYNAMIC_MINOR	255

int misc_register(struct miscdevice *device);
void misc_deregister(struct miscdevice *device);
int get_unused_fd_flags(unsigned int flags);
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);
struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv,
				int flags);
void fput(struct file *file);
long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
loff_t noop_llseek(struct file *file, loff_t offset, int whence);
ssize_t simple_read_from_buffer(void *to, size_t count, loff_t *pos, const void *from,
				size_t available);

#endif /* SHIM_LINUX_FS_H */
