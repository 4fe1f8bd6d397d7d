#define _GNU_SOURCE
#include "park.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hold.h"

#define STACK (16 * PAGE)

static int returned_well;

static void *stay(void *argument)
{
	if (!call(argument))
		__atomic_fetch_add(&returned_well, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Whether a thread waits in the kernel for a page in somebody else's hands. */
static int held(void)
{
	char line[256];
	int count = 0;
	FILE *pages = popen("grep -l handle_userfault /proc/$PPID/task/*/wchan 2>/dev/null | wc -l", "r");

	if (!pages || !fgets(line, sizeof(line), pages))
		fail("counting what is held");
	count = atoi(line);
	pclose(pages);
	return count;
}

int park(int count)
{
	static struct race parked, raced;
	pthread_t *threads = calloc(count, sizeof(*threads));
	pthread_attr_t small;
	uint64_t began = now_ns();

	prepare(&parked);
	parked.old[0] = parked.before;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK);
	for (int i = 0; i < count; i++) {
		if (pthread_create(&threads[i], &small, stay, &parked))
			fail("pthread_create");
	}
	while (held() < count)
		usleep(10000);
	prepare(&raced);
	if (play(&raced))
		fail("migrate_pages");
	printf("{\"name\": \"park\", \"began\": %lu, \"ended\": %lu, \"calls\": %d}\n", began, now_ns(),
	       count + 1);
	fflush(stdout);
	close(parked.uffd); /* whoever waits goes on with a page of zeros */
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return returned_well != count;
}
