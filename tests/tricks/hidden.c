/* The mask cannot be read at entry: its page is dropped, or a FUSE file's. Or it lies on two pages. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuse.h"
#include "hold.h"
#include "trick.h"

static int call_plain(const void *old, unsigned long maxnode)
{
	uint64_t *new = (uint64_t *)pages(1);

	new[0] = NODE(0);
	if (migrate_pages(0, maxnode, old, new))
		fail("migrate_pages");
	return 1;
}

/* Private memory of a file that was dropped: it comes back with what the file has. */
static int dropped_file(const char *folder)
{
	int descriptor = checked("memfd_create", memfd_create("mask", 0));
	uint64_t content = NODE(BEFORE);
	char *mapped;

	(void)folder;
	checked("ftruncate", ftruncate(descriptor, PAGE));
	checked("pwrite", pwrite(descriptor, &content, sizeof(content), 0));
	mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
	if (mapped == MAP_FAILED)
		fail("mmap");
	*(volatile uint64_t *)mapped = NODE(AFTER);
	checked("madvise", madvise(mapped, PAGE, MADV_DONTNEED));
	return call_plain(mapped, MAXNODE_WORD);
}

/* Anonymous memory that was dropped: it comes back as zeros. */
static int dropped_anonymous(const char *folder)
{
	uint64_t *old = (uint64_t *)pages(1);

	(void)folder;
	*(volatile uint64_t *)old = NODE(AFTER);
	checked("madvise", madvise(old, PAGE, MADV_DONTNEED));
	return call_plain(old, MAXNODE_WORD);
}

static int fuse_blind(const char *folder)
{
	struct fuse_file file = { .content = NODE(BEFORE) };
	int calls;

	fuse_open(&file, folder);
	calls = call_plain(file.mapped, MAXNODE_WORD);
	fuse_close(&file);
	return calls;
}

/* old's tail is a FUSE file's page: while its read is held, the body is written. */
static int fuse_race(const char *folder)
{
	struct fuse_file file = { .content = 0 };
	char *region = pages(2);
	uint64_t *old = (uint64_t *)(region + PAGE - BODY_BYTES);

	fuse_open(&file, folder);
	if (mremap(file.mapped, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, region + PAGE) ==
	    MAP_FAILED)
		fail("mremap");
	old[0] = NODE(BEFORE);
	file.written = old;
	file.after = NODE(AFTER);
	call_plain(old, MAXNODE_TAILED);
	fuse_close(&file);
	return 1;
}

static uint64_t *across; /* new_nodes: its first word ends a page, the others begin the next one */

static void write_across(struct race *race)
{
	(void)race;
	*(volatile uint64_t *)&across[0] = NODE(0) | NODE(AFTER);
	*(volatile uint64_t *)&across[1] = NODE(80 - 64);
}

static int two_pages(const char *folder)
{
	struct race race;

	(void)folder;
	prepare(&race);
	across = (uint64_t *)(pages(2) + PAGE - sizeof(uint64_t));
	across[0] = NODE(0) | NODE(BEFORE);
	across[1] = NODE(70 - 64);
	race.new = across;
	race.write = write_across;
	if (play(&race))
		fail("migrate_pages");
	return 1;
}

const struct trick hidden_tricks[] = {
	{ "dropped-file", dropped_file },
	{ "dropped-anonymous", dropped_anonymous },
	{ "fuse-blind", fuse_blind },
	{ "fuse-race", fuse_race },
	{ "two-pages", two_pages },
	{ NULL, NULL },
};
