/* SPDX-License-Identifier: GPL-2.0-only */
#define SZ_4K	0x00001000
#define SZ_64K	0x00010000
#define SZ_1M	0x00100000
#define SZ_1G	0x40000000
