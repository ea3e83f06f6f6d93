// SPDX-License-Identifier: GPL-2.0-only
/* The module and its device. */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "ioctl.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static struct miscdevice pymm_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pymm",
	.fops = &pymm_arena_fops,
	.mode = 0600,
};

static int __init pymm_init(void)
{
	int err;

	err = pymm_arenas_init();
	if (err)
		return err;
	err = misc_register(&pymm_device);
	if (err)
		pymm_arenas_exit();
	return err;
}

static void __exit pymm_exit(void)
{
	misc_deregister(&pymm_device);
	pymm_arenas_exit();
}

module_init(pymm_init);
module_exit(pymm_exit);

MODULE_DESCRIPTION("Python's memory model as a kernel service");
MODULE_LICENSE("GPL");
