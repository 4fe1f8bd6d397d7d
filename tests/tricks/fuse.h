/* A file system in user space with one file of one page, whose reading can be held. */
#ifndef TRICKS_FUSE_H
#define TRICKS_FUSE_H

#include <pthread.h>
#include <stdint.h>

struct fuse_file {
	uint64_t content;  /* the file's first word; the rest is zero */
	uint64_t *written; /* a word that is written while a read of the file is held; NULL: none */
	uint64_t after;	   /* what is written there */
	void *mapped;	   /* the file, mapped and never touched */
	char folder[512];  /* where it is mounted */
	int device;
	pthread_t server;
};

/* Mount it below `folder` and map its file. */
void fuse_open(struct fuse_file *file, const char *folder);
void fuse_close(struct fuse_file *file);

#endif
