/* Private memory, written from another task: by the kernel's own ways, and by shared page tables. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"
#include "trick.h"

/* Run `act` in a forked process, and wait for its end. */
static void in_process(struct race *race, writer *act)
{
	int status;
	pid_t other = checked("fork", fork());

	if (!other) {
		act(race);
		_exit(0);
	}
	if (waitpid(other, &status, 0) < 0 || status)
		fail("the writing process");
}

static void vm_writev(struct race *race)
{
	struct iovec from = { &race->after, sizeof(race->after) };
	struct iovec to = { race->old, sizeof(race->after) };

	checked("process_vm_writev", process_vm_writev(race->process, &from, 1, &to, 1, 0));
}

static void proc_mem(struct race *race)
{
	char path[64];
	int memory;

	snprintf(path, sizeof(path), "/proc/%d/mem", race->process);
	memory = checked(path, open(path, O_RDWR));
	checked(path, pwrite(memory, &race->after, sizeof(race->after), (off_t)race->old));
}

/* The caller itself cannot stop while it is held; another thread of it can. */
static void poke(struct race *race)
{
	int status;

	checked("PTRACE_SEIZE", ptrace(PTRACE_SEIZE, race->idle, NULL, NULL));
	checked("PTRACE_INTERRUPT", ptrace(PTRACE_INTERRUPT, race->idle, NULL, NULL));
	checked("waitpid", waitpid(race->idle, &status, __WALL));
	checked("PTRACE_POKEDATA", ptrace(PTRACE_POKEDATA, race->idle, race->old, race->after));
	checked("PTRACE_DETACH", ptrace(PTRACE_DETACH, race->idle, NULL, NULL));
}

static void by_vm_writev(struct race *race)
{
	in_process(race, vm_writev);
}

static void by_proc_mem(struct race *race)
{
	in_process(race, proc_mem);
}

static void by_ptrace(struct race *race)
{
	in_process(race, poke);
}

static void by_vfork(struct race *race)
{
	pid_t other = vfork();

	if (!other) {
		write_here(race);
		_exit(0);
	}
	checked("vfork", other);
	waitpid(other, NULL, 0);
}

static int write_and_end(void *argument)
{
	write_here(argument);
	return 0;
}

static void by_clone_vm(struct race *race)
{
	char *stack = pages(16) + 16 * PAGE;
	pid_t other = checked("clone", clone(write_and_end, stack, CLONE_VM | SIGCHLD, race));

	waitpid(other, NULL, 0);
}

static void *write_once(void *argument)
{
	write_here(argument);
	return NULL;
}

/* The writing thread is gone before the call comes back. */
static void by_thread_that_ends(struct race *race)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, write_once, race) || pthread_join(thread, NULL))
		fail("the writing thread");
}

static __attribute__((noreturn)) void *idle(void *argument)
{
	struct race *race = argument;

	__atomic_store_n(&race->idle, syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

static int play_by(writer *write)
{
	struct race race;
	pthread_t sleeping;

	prepare(&race);
	race.write = write;
	if (pthread_create(&sleeping, NULL, idle, &race))
		fail("pthread_create");
	while (!__atomic_load_n(&race.idle, __ATOMIC_SEQ_CST))
		usleep(1000);
	if (play(&race))
		fail("migrate_pages");
	return 1;
}

#define PLAY(name)                                  \
	static int play_##name(const char *folder)  \
	{                                           \
		(void)folder;                       \
		return play_by(by_##name);          \
	}

PLAY(vm_writev)
PLAY(proc_mem)
PLAY(ptrace)
PLAY(vfork)
PLAY(clone_vm)
PLAY(thread_that_ends)

const struct trick writer_tricks[] = {
	{ "process-vm-writev", play_vm_writev },
	{ "proc-pid-mem", play_proc_mem },
	{ "ptrace", play_ptrace },
	{ "vfork", play_vfork },
	{ "clone-vm", play_clone_vm },
	{ "thread-that-ends", play_thread_that_ends },
	{ NULL, NULL },
};
