/* short_lived DESCRIPTOR [flip]: makes one migrate_pages call and ends at once; with `flip` it is who
 * rewrites the mask meanwhile, until it is killed. The mask is at the beginning of that file.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long node = 1;

__attribute__((noinline)) static long call_migrate_pages(unsigned long *old)
{
	return syscall(SYS_migrate_pages, 0, 65, old, &node); /* the call */
}

int main(int count, char **words)
{
	int file = count > 1 ? atoi(words[1]) : -1;
	unsigned long *mask = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	if (mask == MAP_FAILED)
		return 1;
	if (count > 2 && !strcmp(words[2], "flip"))
		for (;;) {
			*(volatile unsigned long *)mask = 1;
			*(volatile unsigned long *)mask = 2;
		}
	/* its words are those that execve was given, whatever it writes there */
	memset(words[count - 1], '!', strlen(words[count - 1]));
	/* present from here on: an absent page would be a blind look */
	if (*(volatile unsigned long *)mask > 2)
		return 1;
	return call_migrate_pages(mask) < 0;
}
