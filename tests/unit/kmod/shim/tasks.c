// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks, locks, timers, work. Tasks are pthreads that pass a baton: whoever has it is "current",
 * all others wait for their semaphore. The clock is one of the shim's own.
 */
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#define SHIM_MAX_TASKS	512
/* What passes from one tick to the next. */
#define SHIM_TICK_NS	10000
#define SHIM_EPOCH_NS	NSEC_PER_SEC

struct shim_task {
	struct task_struct task;	/* the first: current is a task */
	pthread_t pthread;
	sem_t baton;
	void (*run)(void *arg);
	void *arg;
	pid_t tid;
	const void *waits_for;		/* a wait queue or mutex, or NULL */
	s64 deadline;
	bool expired;
	bool preempted;			/* runs again whatever its state */
	bool signal;
	bool fatal;
	bool done;
	unsigned int spinlocks;
	unsigned int mutexes;
	bool fpu;
};

static struct {
	struct shim_task main;
	struct shim_task *running;
	struct shim_task *tasks[SHIM_MAX_TASKS];
	unsigned int nr_tasks;
	pid_t last_tid;
	unsigned int pid_refs;
	struct shim_task *worker;
	u32 preempt;
	bool in_timer;
	u64 now;
	struct list_head timers;
	struct list_head works;
	struct nsproxy nsproxy;
	typeof(*((struct nsproxy *)0)->time_ns) time_ns;
} shim;

static struct pid *shim_pid_new(struct shim_task *task)
{
	struct pid *pid = calloc(1, sizeof(*pid));

	shim_check(pid, "no memory");
	pid->task = &task->task;
	return pid;
}

static void shim_task_init(struct shim_task *task)
{
	*task = (struct shim_task){ .deadline = KTIME_MAX, .tid = ++shim.last_tid };
	task->task.nsproxy = &shim.nsproxy;
	task->task.pid = shim_pid_new(task);
	shim_check(!sem_init(&task->baton, 0, 0), "sem_init()");
	shim_check(shim.nr_tasks < SHIM_MAX_TASKS, "too many tasks");
	shim.tasks[shim.nr_tasks++] = task;
}

static void shim_worker_reap(void)
{
	struct shim_task *worker = shim.worker;

	shim.worker = NULL;
	if (worker)
		shim_join(worker);
}

void shim_tasks_reset(void)
{
	if (!shim.running) {
		shim.nsproxy.time_ns = &shim.time_ns;
		shim_task_init(&shim.main);
		shim.running = &shim.main;
		INIT_LIST_HEAD(&shim.timers);
		INIT_LIST_HEAD(&shim.works);
	}
	shim_worker_reap();
	shim_check(shim.nr_tasks == 1, "tasks are left of another test");
	shim_check(list_empty(&shim.timers), "a timer is left of another test");
	shim_check(list_empty(&shim.works), "work is left of another test");
	shim.now = SHIM_EPOCH_NS;
	shim.preempt = 0;
	shim_time_ns(0, 0);
	shim_uid(0);
	shim_signal_clear(shim.running);
}

struct task_struct *shim_current(void)
{
	return &shim.running->task;
}

struct shim_task *shim_task(void)
{
	return shim.running;
}

static struct shim_task *shim_task_of(struct task_struct *task)
{
	return container_of(task, struct shim_task, task);
}

struct pid *get_task_pid(struct task_struct *task, int type)
{
	(void)type;
	task->pid->refs++;
	shim.pid_refs++;
	return task->pid;
}

void put_pid(struct pid *pid)
{
	if (!pid)
		return;
	shim_check(pid->refs > 0, "put_pid() too many");
	shim.pid_refs--;
	if (!--pid->refs && !pid->task)
		free(pid);
}

unsigned int shim_pids(void)
{
	return shim.pid_refs;
}

void shim_uid(unsigned int uid)
{
	shim.running->task.uid.val = uid;
}

void shim_time_ns(int64_t seconds, long ns)
{
	shim.time_ns.offsets.monotonic = (struct timespec64){ .tv_sec = seconds, .tv_nsec = ns };
}

/* ---- rules ---- */

void shim_might_sleep(const char *what)
{
	shim_check(!shim.in_timer, "%s in a timer", what);
	shim_check(!shim.running->spinlocks, "%s under a spinlock", what);
	shim_check(!shim.running->fpu, "%s with the FPU taken", what);
}

void shim_fpu_begin(void)
{
	shim_check(!shim.running->fpu, "the FPU is taken twice");
	shim.running->fpu = true;
}

void shim_fpu_end(void)
{
	shim_check(shim.running->fpu, "the FPU was not taken");
	shim.running->fpu = false;
}

bool shim_mutex_held(void)
{
	return shim.running->mutexes;
}

/* ---- the clock and its timers ---- */

uint64_t shim_now(void)
{
	return shim.now;
}

void shim_timer_add(struct hrtimer *timer)
{
	if (!timer->queued)
		list_add_tail(&timer->node, &shim.timers);
	timer->queued = true;
}

int shim_timer_del(struct hrtimer *timer)
{
	if (!timer->queued)
		return 0;
	list_del(&timer->node);
	timer->queued = false;
	return 1;
}

static void shim_timer_run(struct hrtimer *timer)
{
	shim_timer_del(timer);
	shim.in_timer = true;
	if (timer->function(timer) == HRTIMER_RESTART)
		shim_timer_add(timer);
	shim.in_timer = false;
}

static struct hrtimer *shim_timer_due(void)
{
	struct hrtimer *timer;

	list_for_each_entry(timer, &shim.timers, node)
		if (timer->expires <= (s64)shim.now)
			return timer;
	return NULL;
}

static void shim_wake_task(struct shim_task *task)
{
	task->task.state = TASK_RUNNING;
	task->waits_for = NULL;
	task->deadline = KTIME_MAX;
}

static void shim_expire(void)
{
	struct hrtimer *timer;
	unsigned int i;

	while ((timer = shim_timer_due()))
		shim_timer_run(timer);
	for (i = 0; i < shim.nr_tasks; i++)
		if (shim.tasks[i]->deadline <= (s64)shim.now) {
			shim.tasks[i]->expired = true;
			shim_wake_task(shim.tasks[i]);
		}
}

/* Nobody can run: jump to what happens next. False: nothing does. */
static bool shim_jump(void)
{
	struct hrtimer *timer;
	s64 next = KTIME_MAX;
	unsigned int i;

	list_for_each_entry(timer, &shim.timers, node)
		next = min(next, timer->expires);
	for (i = 0; i < shim.nr_tasks; i++)
		next = min(next, shim.tasks[i]->deadline);
	if (next == KTIME_MAX)
		return false;
	shim.now = max((s64)shim.now, next);
	shim_expire();
	return true;
}

/* ---- handing over ---- */

/* The next task that can run, others before the current one; NULL if none can. */
static struct shim_task *shim_runnable(void)
{
	struct shim_task *task;
	unsigned int i, at = 0;

	while (shim.tasks[at] != shim.running)
		at++;
	for (i = 1; i <= shim.nr_tasks; i++) {
		task = shim.tasks[(at + i) % shim.nr_tasks];
		if (task->task.state == TASK_RUNNING || task->preempted)
			return task;
	}
	return NULL;
}

static void shim_worker(void *arg)
{
	(void)arg;
	shim_work_flush();
}

static struct shim_task *shim_next(void)
{
	struct shim_task *next;

	while (!(next = shim_runnable())) {
		if (!list_empty(&shim.works) && !shim.worker)
			shim.worker = shim_spawn(shim_worker, NULL);
		else
			shim_check(shim_jump(), "all tasks sleep for ever");
	}
	return next;
}

static void shim_switch(struct shim_task *next)
{
	struct shim_task *self = shim.running;

	if (next == self)
		return;
	shim_might_sleep("a switch");
	shim.running = next;
	sem_post(&next->baton);
	while (sem_wait(&self->baton))
		;
}

static void *shim_task_main(void *arg)
{
	struct shim_task *self = arg, *next;

	while (sem_wait(&self->baton))
		;
	self->run(self->arg);
	shim_check(!self->mutexes && !self->spinlocks, "a task ended with a lock held");
	self->done = true;
	self->task.flags |= PF_EXITING;
	self->task.state = TASK_UNINTERRUPTIBLE;
	shim_wake_all(self);
	next = shim_next();
	shim.running = next;
	sem_post(&next->baton);
	return NULL;
}

struct shim_task *shim_spawn(void (*run)(void *arg), void *arg)
{
	struct shim_task *task = malloc(sizeof(*task));

	shim_check(task, "no memory");
	shim_task_init(task);
	task->run = run;
	task->arg = arg;
	shim_check(!pthread_create(&task->pthread, NULL, shim_task_main, task), "pthread_create()");
	return task;
}

void shim_join(struct shim_task *task)
{
	unsigned int i;

	while (!task->done) {
		shim_wait_prepare(task, TASK_UNINTERRUPTIBLE);
		shim_schedule();
	}
	pthread_join(task->pthread, NULL);
	for (i = 0; shim.tasks[i] != task; i++)
		;
	shim.tasks[i] = shim.tasks[--shim.nr_tasks];
	task->task.pid->task = NULL;
	get_task_pid(&task->task, 0);
	put_pid(task->task.pid);
	sem_destroy(&task->baton);
	free(task);
}

void shim_yield(void)
{
	shim_switch(shim_next());
}

/* Where the kernel could preempt a task. */
static void shim_preempt_point(void)
{
	struct shim_task *self = shim.running;

	if (!shim.preempt || self->spinlocks || shim.in_timer)
		return;
	if (shim_random() % shim.preempt)
		return;
	self->preempted = true;
	shim_yield();
	self->preempted = false;
}

void shim_preempt(uint32_t one_in)
{
	shim.preempt = one_in;
}

void shim_tick(void)
{
	shim_might_sleep("cond_resched()");
	shim_step();
	shim.now += SHIM_TICK_NS;
	shim_expire();
	shim_yield();
}

void shim_schedule(void)
{
	struct shim_task *self = shim.running;

	shim_might_sleep("schedule()");
	shim_check(!self->mutexes, "schedule() with a mutex held");
	if (self->fatal || (self->signal && (self->task.state & TASK_INTERRUPTIBLE)))
		shim_wake_task(self);
	shim_switch(shim_next());
}

int shim_schedule_until(int64_t deadline)
{
	struct shim_task *self = shim.running;

	self->expired = deadline <= (s64)shim.now;
	self->deadline = deadline;
	if (self->expired)
		shim_wake_task(self);
	shim_schedule();
	self->deadline = KTIME_MAX;
	return self->expired ? 0 : -EINTR;
}

void shim_sleep(uint64_t ns)
{
	shim.running->task.state = TASK_UNINTERRUPTIBLE;
	shim_schedule_until(shim.now + ns);
}

int shim_wake(struct task_struct *task)
{
	bool sleeps = task->state != TASK_RUNNING;

	shim_wake_task(shim_task_of(task));
	return sleeps;
}

void shim_wait_prepare(const void *queue, unsigned int state)
{
	shim.running->task.state = state;
	shim.running->waits_for = queue;
}

void shim_wait_finish(void)
{
	shim_wake_task(shim.running);
}

static void shim_wait(const void *queue, unsigned int state)
{
	shim_wait_prepare(queue, state);
	shim_schedule();
}

void shim_wake_all(const void *queue)
{
	unsigned int i;

	for (i = 0; i < shim.nr_tasks; i++)
		if (shim.tasks[i]->waits_for == queue)
			shim_wake_task(shim.tasks[i]);
}

/* ---- signals ---- */

void shim_signal(struct shim_task *task, bool fatal)
{
	task->signal = true;
	task->fatal |= fatal;
	if (task->done || task->task.state == TASK_RUNNING)
		return;
	if ((task->task.state & TASK_INTERRUPTIBLE) ||
	    (fatal && (task->task.state & TASK_KILLABLE)))
		shim_wake_task(task);
}

void shim_signal_clear(struct shim_task *task)
{
	task->signal = false;
	task->fatal = false;
}

/* On the way back to user space, where a handler runs. */
void shim_signal_handled(void)
{
	shim.running->signal &= shim.running->fatal;
}

bool shim_signal_pending(struct task_struct *task)
{
	return shim_fault(SHIM_SIGNAL) || shim_task_of(task)->signal;
}

bool shim_fatal_signal_pending(struct task_struct *task)
{
	if (shim_fault(SHIM_KILL))
		shim_signal(shim_task_of(task), true);
	return shim_task_of(task)->fatal;
}

/* ---- locks ---- */

void shim_spin_lock(struct spinlock *lock, bool bh)
{
	struct shim_task *self = shim.running;

	shim_preempt_point();
	shim_check(!self->spinlocks, "a spinlock is taken inside another one");
	shim_check(!lock->owner, "a spinlock is taken twice");
	lock->softirq |= shim.in_timer;
	lock->process |= !shim.in_timer && !bh;
	shim_check(!lock->softirq || !lock->process,
		   "a spinlock that timers take is taken with bottom halves on");
	lock->owner = &self->task;
	lock->bh = bh;
	self->spinlocks++;
}

void shim_spin_unlock(struct spinlock *lock, bool bh)
{
	shim_check(lock->owner == shim_current(), "a spinlock is released by another task");
	shim_check(shim.in_timer || lock->bh == bh, "a spinlock is released in another way");
	lock->owner = NULL;
	shim.running->spinlocks--;
	shim_preempt_point();
}

/* Wait for a mutex: false when killed. It can be somebody else's again. */
static bool shim_mutex_wait(struct mutex *mutex, bool killable)
{
	struct task_struct *self = shim_current();

	if (killable && shim_fatal_signal_pending(self)) {
		if (mutex->next == self)
			mutex->next = NULL;
		return false;
	}
	shim_wait(mutex, killable ? TASK_KILLABLE : TASK_UNINTERRUPTIBLE);
	if (mutex->owner && !mutex->next)
		mutex->next = self;
	return true;
}

int shim_mutex_lock(struct mutex *mutex, bool killable)
{
	struct task_struct *self = shim_current();

	shim_might_sleep("mutex_lock()");
	shim_preempt_point();
	shim_check(mutex->owner != self, "a mutex is taken twice");
	while (mutex->owner && mutex->owner != self)
		if (!shim_mutex_wait(mutex, killable))
			return -EINTR;
	if (mutex->next == self)
		mutex->next = NULL;
	mutex->owner = self;
	shim.running->mutexes++;
	return 0;
}

void shim_mutex_unlock(struct mutex *mutex)
{
	shim_check(mutex->owner == shim_current(), "a mutex is released by another task");
	shim.running->mutexes--;
	mutex->owner = mutex->next;
	mutex->next = NULL;
	shim_wake_all(mutex);
	shim_preempt_point();
}

/* ---- work ---- */

bool shim_work_add(struct work_struct *work)
{
	if (work->pending)
		return false;
	work->pending = true;
	list_add_tail(&work->node, &shim.works);
	return true;
}

void shim_work_flush(void)
{
	struct work_struct *work;

	while ((work = list_first_entry_or_null(&shim.works, struct work_struct, node))) {
		list_del(&work->node);
		work->pending = false;
		work->function(work);
	}
}

/* ---- pthreads ---- */

struct shim_pthread {
	struct shim_task *task;
	void *(*run)(void *arg);
	void *arg;
};

static void shim_pthread_run(void *arg)
{
	struct shim_pthread *thread = arg;

	thread->run(thread->arg);
}

int shim_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *arg),
			void *arg)
{
	struct shim_pthread *self = malloc(sizeof(*self));

	(void)attr;
	shim_check(self, "no memory");
	self->run = run;
	self->arg = arg;
	self->task = shim_spawn(shim_pthread_run, self);
	*thread = (pthread_t)self;
	return 0;
}

int shim_pthread_join(pthread_t thread, void **result)
{
	struct shim_pthread *self = (struct shim_pthread *)thread;

	shim_check(!result, "results of threads are not kept");
	shim_join(self->task);
	free(self);
	return 0;
}

int shim_pthread_kill(pthread_t thread, int signal)
{
	(void)signal;
	shim_signal(((struct shim_pthread *)thread)->task, false);
	return 0;
}

int shim_poll(struct pollfd *fds, nfds_t count, int ms)
{
	if (count)
		return poll(fds, count, ms);
	shim_sleep(ms * NSEC_PER_MSEC);
	return 0;
}

int shim_clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	time->tv_sec = shim.now / NSEC_PER_SEC;
	time->tv_nsec = shim.now % NSEC_PER_SEC;
	return 0;
}

int shim_sched_yield(void)
{
	shim_yield();
	return 0;
}

pid_t shim_gettid(void)
{
	return shim.running->tid;
}

bool shim_sleeps(pid_t tid)
{
	unsigned int i;

	for (i = 0; i < shim.nr_tasks; i++)
		if (shim.tasks[i]->tid == tid)
			return shim.tasks[i]->task.state != TASK_RUNNING;
	return false;
}
