#define _GNU_SOURCE
#include "flood.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"

#define CHECK_EVERY 64 /* calls between two looks at the clock */
#define USED_ONE_IN 4096 /* honest calls that go on to their use: these take milliseconds */

struct counts {
	uint64_t calls, raced;
};

static uint64_t xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void flood_one(int cpu, const char *folder, uint64_t until, uint64_t seed, int one_in,
		      struct counts *made)
{
	struct race race;
	cpu_set_t here;
	uint64_t *honest = (uint64_t *)pages(1), random = seed * 2654435761 + cpu + 1;
	char path[512];
	FILE *races;

	CPU_ZERO(&here);
	CPU_SET(cpu, &here);
	checked("sched_setaffinity", sched_setaffinity(0, sizeof(here), &here));
	snprintf(path, sizeof(path), "%s/races.%d", folder, cpu);
	races = fopen(path, "w");
	if (!races)
		fail(path);
	prepare(&race);
	race.target = NOBODY;
	honest[0] = NODE(BEFORE);
	do {
		uint64_t drawn = xorshift(&random), began;
		int target = drawn % USED_ONE_IN ? NOBODY : 0;

		made->calls++;
		if (drawn % one_in) {
			long returned = migrate_pages(target, MAXNODE_WORD, honest, race.new);

			if (returned != (target ? -ESRCH : 0))
				fail("an honest call");
			continue;
		}
		made->raced++;
		began = now_ns();
		if (play(&race) != -ESRCH)
			fail("a raced call");
		fprintf(races, "%d %lu %lu\n", getpid(), began, now_ns());
	} while (made->calls % CHECK_EVERY || now_ns() < until);
	fclose(races);
}

int flood(const char *folder, int seconds, uint64_t seed, int one_in)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), status, failed = 0;
	struct counts *made = mmap(NULL, cpus * sizeof(*made), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t began = now_ns(), until = began + seconds * 1000000000ULL, calls = 0, raced = 0;

	if (made == MAP_FAILED)
		fail("mmap");
	for (int cpu = 0; cpu < cpus; cpu++) {
		if (!checked("fork", fork())) {
			flood_one(cpu, folder, until, seed, one_in, &made[cpu]);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	for (int cpu = 0; cpu < cpus; cpu++) {
		calls += made[cpu].calls;
		raced += made[cpu].raced;
	}
	printf("{\"name\": \"flood\", \"began\": %lu, \"ended\": %lu, \"calls\": %lu, \"raced\": %lu}\n",
	       began, now_ns(), calls, raced);
	return failed != 0;
}

static int race_once(void *argument)
{
	struct race *race = argument;

	return call(race) == 0 ? 0 : 1;
}

/* The processes share this one's memory, and so its userfaultfd; each has numbers of its own. */
int many(int count)
{
	struct race race;
	char *stack = pages(16) + 16 * PAGE;
	uint64_t began = now_ns();

	prepare(&race);
	for (int i = 0; i < count; i++) {
		int status;
		pid_t other;

		arm(&race);
		other = checked("clone", clone(race_once, stack, CLONE_VM | SIGCHLD, &race));
		if (waitpid(other, &status, 0) < 0 || status)
			fail("a process that races once");
		disarm(&race);
	}
	printf("{\"name\": \"many\", \"began\": %lu, \"ended\": %lu, \"calls\": %d}\n", began, now_ns(),
	       count);
	return 0;
}
