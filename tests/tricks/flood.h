/* Calls without end, with races among them. */
#ifndef TRICKS_FLOOD_H
#define TRICKS_FLOOD_H

#include <stdint.h>

/* Let `count` processes race once each, one after another. */
int many(int count);

/* From every CPU, for so many seconds, call as fast as can be; one call in `one_in`, chosen by `seed`,
 * is raced. FOLDER/races.CPU has a line for each raced call: thread, begin, end (CLOCK_BOOTTIME, ns);
 * stdout tells how many calls there were in all, and how many of them were raced. */
int flood(const char *folder, int seconds, uint64_t seed, int one_in);

#endif
