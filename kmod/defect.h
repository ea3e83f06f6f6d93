/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Defects to build in on purpose, one at a time (make PYMM_DEFECT=NAME), which shows that the
 * tests and the kernel's detectors are alive: make test-selfcheck. A build that does not ask
 * for one has none: pymm_defect() is the constant false then, and what depends on it is gone.
 *
 * In defect.c: USE_AFTER_FREE, OUT_OF_BOUNDS, DATA_RACE, LEAK, DEADLOCK, SLEEP, SHIFT.
 * In the code that each breaks: LOST_REFERENCE (an item of a list is not counted), GIL_TWO (a
 * second thread is let in), WRONG_COUNT (an item that is appended is counted twice), WRONG_ORDER
 * (the items of a list or tuple die from the first to the last), NO_INTERNING (of no strings).
 */
#ifndef _PYMM_DEFECT_H
#define _PYMM_DEFECT_H

#include <linux/kconfig.h>

#define pymm_defect(name)	__is_defined(PYMM_DEFECT_##name)

void pymm_defect_call(void);

#endif
