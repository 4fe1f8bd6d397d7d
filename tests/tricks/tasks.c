/* Who calls is hard to hold: it is renamed, its leader is gone, its numbers are another one's too. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"
#include "trick.h"

#define DELAY_US 1200000 /* longer than the correlator waits for what arrives late */
#define NAMESPACES 2

static void rename_caller(struct race *race)
{
	char path[64];
	int comm;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", race->caller);
	comm = checked(path, open(path, O_WRONLY));
	checked(path, write(comm, "innocent", 8));
	close(comm);
	write_here(race);
}

static int renamed(const char *folder)
{
	struct race race;

	(void)folder;
	prctl(PR_SET_NAME, "guilty");
	prepare(&race);
	race.write = rename_caller;
	if (play(&race))
		fail("migrate_pages");
	return 1;
}

/* Whether the leader of this process has ended. */
static bool leader_ended(void)
{
	char path[64], text[256] = "";
	int stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	stat = checked(path, open(path, O_RDONLY));
	checked(path, read(stat, text, sizeof(text) - 1));
	close(stat);
	return strstr(text, ") Z ");
}

static void wait_for_leader(struct race *race)
{
	while (!leader_ended())
		usleep(1000);
	write_here(race);
}

static __attribute__((noreturn)) void *call_and_exit(void *argument)
{
	exit(call(argument) ? 1 : 0); /* the whole process */
}

/* The leader ends while another thread of the process is in the call. */
static int leader_ends(const char *folder)
{
	pid_t other = checked("fork", fork());
	int status;

	(void)folder;
	if (!other) {
		static struct race race;
		pthread_t caller;

		prepare(&race);
		race.write = wait_for_leader;
		arm(&race);
		if (pthread_create(&caller, NULL, call_and_exit, &race))
			fail("pthread_create");
		syscall(SYS_exit, 0);
	}
	if (waitpid(other, &status, 0) < 0 || status)
		fail("the process without a leader");
	return 1;
}

static int gate[2]; /* closed when all may call */

static int race_in_namespace(void *argument)
{
	struct race race;
	int number = *(int *)argument;
	char nothing;

	if (getpid() != 1)
		return 1;
	prepare(&race);
	race.before = NODE(BEFORE + number);
	race.after = NODE(AFTER + number);
	close(gate[1]);
	checked("read", read(gate[0], &nothing, 1));
	return play(&race) ? 1 : 0;
}

/* The callers are process 1, each in a pid namespace of its own, at the same time. */
static int colliding_pids(const char *folder)
{
	pid_t callers[NAMESPACES];
	int numbers[NAMESPACES], status;

	(void)folder;
	checked("pipe", pipe(gate));
	for (int i = 0; i < NAMESPACES; i++) {
		char *stack = pages(64) + 64 * PAGE;

		numbers[i] = i;
		callers[i] = checked("clone", clone(race_in_namespace, stack,
						    CLONE_NEWPID | SIGCHLD, &numbers[i]));
	}
	close(gate[1]);
	for (int i = 0; i < NAMESPACES; i++) {
		if (waitpid(callers[i], &status, 0) < 0 || status)
			fail("a process in a namespace");
	}
	return NAMESPACES;
}

/* Ask a supervisor about migrate_pages; the descriptor that it listens on. */
static int supervise(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* offsetof(struct seccomp_data, nr) */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_migrate_pages, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	return checked("seccomp", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
					  SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

static void *delay_and_let_go(void *argument)
{
	int listener = *(int *)argument;
	struct seccomp_notif asked = { 0 };
	struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	checked("SECCOMP_IOCTL_NOTIF_RECV", ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked));
	usleep(DELAY_US);
	answer.id = asked.id;
	checked("SECCOMP_IOCTL_NOTIF_SEND", ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer));
	return NULL;
}

static int delayed(const char *folder)
{
	struct race race;
	pthread_t supervisor;
	int listener;

	(void)folder;
	prepare(&race);
	listener = supervise();
	if (pthread_create(&supervisor, NULL, delay_and_let_go, &listener))
		fail("pthread_create");
	if (play(&race))
		fail("migrate_pages");
	return 1;
}

const struct trick task_tricks[] = {
	{ "renamed", renamed },
	{ "leader-ends", leader_ends },
	{ "colliding-pids", colliding_pids },
	{ "seccomp-delay", delayed },
	{ NULL, NULL },
};
