/* One process calls migrate_pages() again and again; another one writes its mask, in one way.
 *
 *   writers WAY        WAY: forked, process_vm_writev, mem or ptrace
 *
 * The writer is the caller's only child. It goes on until it is killed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define BITS 65
#define BETWEEN_CALLS_US 250000 /* so that judging keeps up, and the caller still lives */
#define FIRST (1UL << 40) /* nodes that no machine has: nothing is to be moved */
#define SECOND (1UL << 51)

static volatile unsigned long *old_nodes;
static unsigned long new_nodes = 1;
static pid_t caller;
static volatile pid_t parked; /* a thread of the caller that waits for ever */

__attribute__((noinline)) void flip_forked(unsigned long value)
{
	*old_nodes = value; /* THE STORE */
}

static void flip_process_vm_writev(unsigned long value)
{
	struct iovec local = {&value, sizeof(value)};
	struct iovec remote = {(void *)old_nodes, sizeof(value)};

	process_vm_writev(caller, &local, 1, &remote, 1, 0);
}

static void flip_mem(unsigned long value)
{
	static int memory = -1;
	char path[64];

	if (memory < 0) {
		snprintf(path, sizeof(path), "/proc/%d/mem", caller);
		memory = open(path, O_RDWR | O_CLOEXEC);
	}
	if (pwrite(memory, &value, sizeof(value), (off_t)(uintptr_t)old_nodes) < 0)
		_exit(1);
}

/* The thread that is traced stands still; the one that calls goes on. */
static void flip_ptrace(unsigned long value)
{
	static int traced;

	if (!traced) {
		if (ptrace(PTRACE_SEIZE, parked, 0, 0) || ptrace(PTRACE_INTERRUPT, parked, 0, 0))
			_exit(1);
		waitpid(parked, NULL, __WALL);
		traced = 1;
	}
	ptrace(PTRACE_POKEDATA, parked, old_nodes, value);
}

static const struct {
	const char *name;
	void (*flip)(unsigned long value);
} ways[] = {
	{"forked", flip_forked},
	{"process_vm_writev", flip_process_vm_writev},
	{"mem", flip_mem},
	{"ptrace", flip_ptrace},
};

__attribute__((noinline)) void write_for_ever(void (*flip)(unsigned long value))
{
	for (;;) {
		flip(FIRST);
		flip(SECOND);
	}
}

static void *park(void *unused)
{
	parked = syscall(SYS_gettid);
	for (;;)
		pause();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	size_t way = 0;
	int shared;
	pid_t writer;

	while (way < sizeof(ways) / sizeof(*ways) && argc > 1 && strcmp(argv[1], ways[way].name))
		way++;
	if (argc < 2 || way == sizeof(ways) / sizeof(*ways))
		return 2;
	shared = ways[way].flip == flip_forked ? MAP_SHARED : MAP_PRIVATE;
	old_nodes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, shared | MAP_ANONYMOUS, -1, 0);
	if (old_nodes == MAP_FAILED)
		return 1;
	*old_nodes = FIRST;
	caller = getpid();
	pthread_create(&thread, NULL, park, NULL);
	while (!parked)
		usleep(1000);
	writer = fork();
	if (!writer) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		write_for_ever(ways[way].flip);
	}
	for (;;) {
		syscall(SYS_migrate_pages, 0, BITS, old_nodes, &new_nodes);
		usleep(BETWEEN_CALLS_US);
	}
}
