/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's: no locale, and any char may be asked for. */
#ifndef SHIM_LINUX_CTYPE_H
#define SHIM_LINUX_CTYPE_H

#include <linux/types.h>

#define isdigit(c)	((u8)(c) - '0' < 10U)
#define isascii(c)	((u8)(c) < 0x80)
#define iscntrl(c)	((u8)(c) < 0x20 || (u8)(c) == 0x7f)
#define isalnum(c)	(((u8)(c) | 0x20) - 'a' < 26U || (u8)(c) - '0' < 10U)

#endif /* SHIM_LINUX_CTYPE_H */
