// SPDX-License-Identifier: GPL-2.0-only
/* Defects that a kernel's detector has to report, see defect.h; built only when asked for. */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "defect.h"

static DEFINE_MUTEX(pymm_defect_a);
static DEFINE_MUTEX(pymm_defect_b);
static DEFINE_SPINLOCK(pymm_defect_lock);
static unsigned int pymm_defect_counter;

static void pymm_defect_use_after_free(void)
{
	u32 *word = kmalloc(sizeof(*word), GFP_KERNEL);

	if (!word)
		return;
	kfree(word);
	WRITE_ONCE(*word, 1);
}

static void pymm_defect_out_of_bounds(void)
{
	u32 *words = kmalloc_array(5, sizeof(*words), GFP_KERNEL);

	if (!words)
		return;
	OPTIMIZER_HIDE_VAR(words);
	WRITE_ONCE(words[5], 1);
	kfree(words);
}

/* KCSAN looks at one access of some thousands. */
static void pymm_defect_data_race(void)
{
	unsigned int i;

	for (i = 0; i < 4000; i++) {
		pymm_defect_counter++;
		barrier();
	}
}

static void pymm_defect_leak(void)
{
	void *lost = kmalloc(48, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
}

static void pymm_defect_in_order(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	mutex_lock(second);
	mutex_unlock(second);
	mutex_unlock(first);
}

static void pymm_defect_deadlock(void)
{
	pymm_defect_in_order(&pymm_defect_a, &pymm_defect_b);
	pymm_defect_in_order(&pymm_defect_b, &pymm_defect_a);
}

static void pymm_defect_sleep(void)
{
	spin_lock(&pymm_defect_lock);
	mutex_lock(&pymm_defect_a);
	mutex_unlock(&pymm_defect_a);
	spin_unlock(&pymm_defect_lock);
}

static void pymm_defect_shift(void)
{
	unsigned int by = 40;

	OPTIMIZER_HIDE_VAR(by);
	WRITE_ONCE(pymm_defect_counter, 1U << by);
}

/** pymm_defect_call() - every ioctl does this in a build that has a defect; may sleep */
void pymm_defect_call(void)
{
	if (pymm_defect(USE_AFTER_FREE))
		pymm_defect_use_after_free();
	if (pymm_defect(OUT_OF_BOUNDS))
		pymm_defect_out_of_bounds();
	if (pymm_defect(DATA_RACE))
		pymm_defect_data_race();
	if (pymm_defect(LEAK))
		pymm_defect_leak();
	if (pymm_defect(DEADLOCK))
		pymm_defect_deadlock();
	if (pymm_defect(SLEEP))
		pymm_defect_sleep();
	if (pymm_defect(SHIFT))
		pymm_defect_shift();
}
