/* A trick: one way to change or hide a mask under a call. */
#ifndef TRICKS_TRICK_H
#define TRICKS_TRICK_H

struct trick {
	const char *name;
	/* Play it once in the calling process, which has one thread; the calls that it made. `folder` is
	 * a place for files. */
	int (*play)(const char *folder);
};

/* Each file's tricks, ended by a name that is NULL. */
extern const struct trick memory_tricks[], writer_tricks[], hidden_tricks[], task_tricks[];

#endif
