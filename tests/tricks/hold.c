#define _GNU_SOURCE
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MPOL_LOCAL 4

void fail(const char *what)
{
	perror(what);
	exit(FAILED);
}

long checked(const char *what, long value)
{
	if (value < 0)
		fail(what);
	return value;
}

uint64_t now_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_BOOTTIME, &at);
	return at.tv_sec * 1000000000ULL + at.tv_nsec;
}

long migrate_pages(int pid, unsigned long maxnode, const void *old, const void *new)
{
	long returned = syscall(SYS_migrate_pages, pid, maxnode, old, new);

	/* what a success counts are pages that could not be moved: NUMA balancing may just then have one
	 * on its way (since Linux 6.7) */
	return returned < 0 ? -errno : 0;
}

void leave_alone(void *address, int count)
{
	checked("mbind", syscall(SYS_mbind, address, count * PAGE, MPOL_LOCAL, NULL, 0, 0));
}

char *pages(int count)
{
	char *mapped = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mapped == MAP_FAILED)
		fail("mmap");
	leave_alone(mapped, count);
	return mapped;
}

void write_here(struct race *race)
{
	*(volatile uint64_t *)race->old = race->after;
}

void prepare(struct race *race)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range;
	char *region = pages(2);

	memset(race, 0, sizeof(*race));
	race->tail = region + PAGE;
	race->old = (uint64_t *)(race->tail - BODY_BYTES);
	race->new = (uint64_t *)pages(1);
	race->new[0] = NODE(0);
	race->write = write_here;
	race->descriptor = race->id = race->helper = -1;
	race->process = race->caller = getpid();
	race->before = NODE(BEFORE);
	race->after = NODE(AFTER);
	race->uffd = checked("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
	checked("UFFDIO_API", ioctl(race->uffd, UFFDIO_API, &api));
	range.range.start = (uint64_t)race->tail;
	range.range.len = PAGE;
	range.mode = UFFDIO_REGISTER_MODE_MISSING;
	checked("UFFDIO_REGISTER", ioctl(race->uffd, UFFDIO_REGISTER, &range));
}

void put_body(struct race *race, int descriptor, int flags)
{
	char *body = race->tail - PAGE;

	if (mmap(body, PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, descriptor, 0) ==
	    MAP_FAILED)
		fail("mmap of the body");
	leave_alone(body, 1);
	race->descriptor = descriptor;
}

/* Wait for the fault on the tail, write, and let the call go on. */
static void *hold(void *argument)
{
	struct race *race = argument;
	struct pollfd wanted = { .fd = race->uffd, .events = POLLIN };
	struct uffdio_zeropage zero = { .range = { .start = (uint64_t)race->tail, .len = PAGE } };
	struct uffd_msg message;

	checked("poll", poll(&wanted, 1, -1));
	if (read(race->uffd, &message, sizeof(message)) != sizeof(message))
		fail("userfaultfd");
	race->write(race);
	while (ioctl(race->uffd, UFFDIO_ZEROPAGE, &zero) < 0) {
		if (errno != EAGAIN)
			fail("UFFDIO_ZEROPAGE");
	}
	return NULL;
}

static pthread_t holder;

void arm(struct race *race)
{
	race->old[0] = race->before;
	checked("madvise", madvise(race->tail, PAGE, MADV_DONTNEED));
	if (pthread_create(&holder, NULL, hold, race))
		fail("pthread_create");
}

void disarm(struct race *race)
{
	(void)race;
	if (pthread_join(holder, NULL))
		fail("pthread_join");
}

long call(struct race *race)
{
	return migrate_pages(race->target, MAXNODE_TAILED, race->old, race->new);
}

long play(struct race *race)
{
	long returned;

	arm(race);
	returned = call(race);
	disarm(race);
	return returned;
}
