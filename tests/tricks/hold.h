/* One call of migrate_pages that is held in the kernel's copy of old_nodes while somebody writes.
 *
 * With maxnode past MAX_NUMNODES the kernel reads the words past it first (mm/mempolicy.c:
 * get_nodes). Body and tail of old_nodes lie on two pages: the body can be read by every look, and
 * the call stops at the tail until whoever holds that page has done what it wanted to do.
 */
#ifndef TRICKS_HOLD_H
#define TRICKS_HOLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE 4096
#define BODY_BYTES 128
#define MAXNODE_TAILED (1024 + 64 + 1)
#define MAXNODE_WORD (64 + 1)
#define NOBODY 0x7fffffff
#define NODE(n) (1ULL << (n))
/* No machine of ours has these nodes: nothing moves. */
#define BEFORE 40
#define AFTER 51
/* The exit status of what went wrong: more than any trick makes calls. */
#define FAILED 111

struct race;
typedef void writer(struct race *);

struct race {
	uint64_t *old;	    /* the last bytes of its page */
	char *tail;	    /* the page after it */
	uint64_t *new;	    /* a page of its own */
	writer *write;	    /* runs while the call is held; by default write_here */
	int descriptor;	    /* of the memory behind old's body; -1: none */
	int id;		    /* of a System V segment; -1: none */
	const char *path;   /* of a file */
	pid_t process;	    /* whose memory it is */
	pid_t caller;	    /* the thread that calls */
	pid_t idle;	    /* another thread of that process, which only sleeps */
	uint64_t before;    /* the body's first word at entry ... */
	uint64_t after;	    /* ... and at the copy */
	int target;	    /* the call's pid; 0: its own process */
	int uffd;
	int helper;	    /* a socket to who writes; -1: nobody else does */
};

/* End with a message about what failed. */
void fail(const char *what) __attribute__((noreturn));
/* `value`, which is not negative; else end. */
long checked(const char *what, long value);
uint64_t now_ns(void);
long migrate_pages(int pid, unsigned long maxnode, const void *old, const void *new);

/* Memory that NUMA balancing leaves alone. */
char *pages(int count);
void leave_alone(void *address, int count);

void write_here(struct race *race);
/* Lay it out in private memory, tail held by userfaultfd. */
void prepare(struct race *race);
/* Let old's body be a mapping of a descriptor. */
void put_body(struct race *race, int descriptor, int flags);
/* Hold the call, write, let it go, once; what it returned. */
long play(struct race *race);
/* The two halves of play(), for callers of other kinds. */
void arm(struct race *race);
void disarm(struct race *race);
long call(struct race *race);

#endif
