/* Play tricks: `tricks play FOLDER [NAME]...` (all without names), each in a process of its own; a
 * line of JSON says when each was played (CLOCK_BOOTTIME, ns) and how many calls it made.
 * `tricks many FOLDER COUNT` lets so many processes race once each;
 * `tricks park FOLDER COUNT` holds so many calls (park.h); `tricks flood FOLDER SECONDS SEED ONE_IN`
 * floods (flood.h).
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flood.h"
#include "hold.h"
#include "park.h"
#include "trick.h"

static const struct trick *const tables[] = { memory_tricks, writer_tricks, hidden_tricks,
					      task_tricks };

static void play_one(const struct trick *trick, const char *folder)
{
	uint64_t began = now_ns();
	int status;
	pid_t child = checked("fork", fork());

	if (!child)
		_exit(trick->play(folder));
	if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == FAILED)
		fail(trick->name);
	printf("{\"name\": \"%s\", \"began\": %lu, \"ended\": %lu, \"calls\": %d}\n", trick->name, began,
	       now_ns(), WEXITSTATUS(status));
	fflush(stdout);
}

static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++) {
		if (!strcmp(*names, name))
			return true;
	}
	return false;
}

static int play_all(const char *folder, char **names)
{
	for (size_t table = 0; table < sizeof(tables) / sizeof(*tables); table++) {
		for (const struct trick *trick = tables[table]; trick->name; trick++) {
			if (wanted(trick->name, names))
				play_one(trick, folder);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "play"))
		return play_all(argv[2], argv + 3);
	if (argc == 4 && !strcmp(argv[1], "many"))
		return many(atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "park"))
		return park(atoi(argv[3]));
	if (argc == 6 && !strcmp(argv[1], "flood"))
		return flood(argv[2], atoi(argv[3]), strtoull(argv[4], NULL, 10), atoi(argv[5]));
	fputs("tricks play FOLDER [NAME]... | many FOLDER COUNT | park FOLDER COUNT |"
	      " flood FOLDER SECONDS SEED ONE_IN\n",
	      stderr);
	return 2;
}
