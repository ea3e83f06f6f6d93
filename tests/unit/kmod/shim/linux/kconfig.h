/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KCONFIG_H
#define SHIM_LINUX_KCONFIG_H

/* Sanitizers look at each access. */
#define CONFIG_KASAN		1
#define CONFIG_KMSAN		0
#define CONFIG_DEBUG_KMEMLEAK	0
#define IS_ENABLED(option)	(option)

#include <linux/kernel.h>

#endif /* SHIM_LINUX_KCONFIG_H */
