/* The protocol of /dev/fuse, as far as mounting, opening and reading one file goes. */
#define _GNU_SOURCE
#include "fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hold.h"

#define FILE_NODE 2

static void answer(int device, const struct fuse_in_header *in, int error, const void *body,
		   size_t bytes)
{
	struct fuse_out_header out = { sizeof(out) + bytes, error, in->unique };
	struct iovec parts[] = { { &out, sizeof(out) }, { (void *)body, bytes } };

	if (writev(device, parts, bytes ? 2 : 1) < 0 && errno != ENOENT && errno != ENODEV)
		fail("answering fuse");
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr told = { .ino = node, .nlink = 1, .blksize = PAGE };

	told.mode = node == FILE_NODE ? S_IFREG | 0600 : S_IFDIR | 0700;
	told.size = node == FILE_NODE ? PAGE : 0;
	return told;
}

static void serve_one(struct fuse_file *file, const struct fuse_in_header *in, const void *body)
{
	const struct fuse_init_in *wish = body;
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = FUSE_KERNEL_MINOR_VERSION,
				      .max_write = PAGE };
	struct fuse_entry_out entry = { .nodeid = FILE_NODE, .attr = attributes(FILE_NODE) };
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_open_out open = { 0 };
	static char page[PAGE];

	switch (in->opcode) {
	case FUSE_INIT:
		if (wish->minor < init.minor)
			init.minor = wish->minor;
		answer(file->device, in, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		answer(file->device, in, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(file->device, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(file->device, in, 0, &open, sizeof(open));
		break;
	case FUSE_READ:
		if (file->written)
			*(volatile uint64_t *)file->written = file->after;
		memcpy(page, &file->content, sizeof(file->content));
		answer(file->device, in, 0, page, sizeof(page));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break; /* these want no answer */
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_DESTROY:
		answer(file->device, in, 0, NULL, 0);
		break;
	default:
		answer(file->device, in, -ENOSYS, NULL, 0);
	}
}

static void *serve(void *argument)
{
	struct fuse_file *file = argument;
	static char request[FUSE_MIN_READ_BUFFER + PAGE];

	for (;;) {
		ssize_t got = read(file->device, request, sizeof(request));

		if (got < 0 && errno == ENODEV)
			return NULL;
		if (got > 0)
			serve_one(file, (void *)request, request + sizeof(struct fuse_in_header));
	}
}

void fuse_open(struct fuse_file *file, const char *folder)
{
	char options[128], path[600];
	int opened;

	snprintf(file->folder, sizeof(file->folder), "%s/fuse-%d", folder, getpid());
	checked("mkdir", mkdir(file->folder, 0700));
	file->device = checked("/dev/fuse", open("/dev/fuse", O_RDWR | O_CLOEXEC));
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0",
		 file->device);
	checked("mount", mount("tricks", file->folder, "fuse", MS_NOSUID | MS_NODEV, options));
	if (pthread_create(&file->server, NULL, serve, file))
		fail("pthread_create");
	snprintf(path, sizeof(path), "%s/mask", file->folder);
	opened = checked(path, open(path, O_RDONLY));
	file->mapped = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, opened, 0);
	if (file->mapped == MAP_FAILED)
		fail("mmap of the file");
	close(opened);
}

void fuse_close(struct fuse_file *file)
{
	/* its mapping is still there: the mount goes when that does, and the server with it */
	checked("umount", umount2(file->folder, MNT_DETACH));
	rmdir(file->folder);
}
