/* The mask lies in memory that another process maps too: that one writes it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"
#include "trick.h"

/* Ask the other process, and wait until it has written. */
static void ask(struct race *race)
{
	char done;

	if (write(race->helper, "w", 1) != 1 || read(race->helper, &done, 1) != 1)
		fail("the writing process");
}

/* In the other process: map the memory anew, and write when asked. */
static void serve(struct race *race, int asked)
{
	char *body, order;

	if (race->path)
		race->descriptor = checked(race->path, open(race->path, O_RDWR));
	body = race->id >= 0 ? shmat(race->id, NULL, 0) :
			  mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, race->descriptor, 0);
	if (body == MAP_FAILED)
		fail("mapping in the other process");
	while (read(asked, &order, 1) == 1) {
		*(volatile uint64_t *)(body + PAGE - BODY_BYTES) = race->after;
		if (write(asked, &order, 1) != 1)
			break;
	}
}

static int play_shared(struct race *race)
{
	int pair[2];
	pid_t other;

	checked("socketpair", socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	race->helper = pair[0];
	race->write = ask;
	other = checked("fork", fork());
	if (!other) {
		close(pair[0]);
		serve(race, pair[1]);
		_exit(0);
	}
	close(pair[1]);
	if (play(race))
		fail("migrate_pages");
	close(pair[0]);
	waitpid(other, NULL, 0);
	return 1;
}

static int by_path(const char *folder, const char *name)
{
	struct race race;
	char path[512];
	int descriptor, calls;

	prepare(&race);
	snprintf(path, sizeof(path), "%s/%s-%d", folder, name, getpid());
	descriptor = checked(path, open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
	checked("ftruncate", ftruncate(descriptor, PAGE));
	put_body(&race, descriptor, MAP_SHARED);
	race.path = path;
	calls = play_shared(&race);
	unlink(path);
	return calls;
}

static int by_file(const char *folder)
{
	return by_path(folder, "mask");
}

static int by_dev_shm(const char *folder)
{
	(void)folder;
	return by_path("/dev/shm", "toctrace-mask");
}

static int by_memfd(const char *folder)
{
	struct race race;
	int descriptor = checked("memfd_create", memfd_create("mask", 0));

	(void)folder;
	prepare(&race);
	checked("ftruncate", ftruncate(descriptor, PAGE));
	put_body(&race, descriptor, MAP_SHARED);
	return play_shared(&race);
}

static int by_sysv(const char *folder)
{
	struct race race;
	int calls;

	(void)folder;
	prepare(&race);
	race.id = checked("shmget", shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600));
	if (shmat(race.id, race.tail - PAGE, SHM_REMAP) == (void *)-1)
		fail("shmat");
	leave_alone(race.tail - PAGE, 1);
	calls = play_shared(&race);
	shmctl(race.id, IPC_RMID, NULL);
	return calls;
}

const struct trick memory_tricks[] = {
	{ "shared-file", by_file },
	{ "shared-memfd", by_memfd },
	{ "shared-sysv", by_sysv },
	{ "shared-dev-shm", by_dev_shm },
	{ NULL, NULL },
};
