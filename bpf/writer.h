/* The contract between writer.bpf.c and detector/writers/wire.py, kept as that of records.h is:
 * little-endian, no hidden padding, held against the Python side by a test. A change of layout
 * raises TOCTRACE_WRITER_VERSION.
 */
#ifndef TOCTRACE_WRITER_H
#define TOCTRACE_WRITER_H

#ifndef __KERNEL__
#include <linux/types.h>
#endif

#define TOCTRACE_WRITER_VERSION 1

/* As many as x86 has debug registers (arch/x86/include/asm/hw_breakpoint.h: HBP_NUM). */
#define TOCTRACE_WATCHED_WORDS 4
#define TOCTRACE_WRITER_FRAMES 32
#define TOCTRACE_WRITER_COMM_BYTES 16
/* Different writes (thread, instruction, word) that are told apart; more are counted. */
#define TOCTRACE_WRITES 4096
/* Processes whose memory is watched for writes from outside. */
#define TOCTRACE_WATCHED 64

/* How a watched word was written. */
enum toctrace_way {
	TOCTRACE_WATCHPOINT = 1,
	TOCTRACE_IN_KERNEL = 2, /* a watchpoint, tripped by a system call of the writer's own */
	TOCTRACE_PROCESS_VM_WRITEV = 3,
	TOCTRACE_PROC_MEM = 4,
	TOCTRACE_PTRACE = 5,
};

enum toctrace_writer_counter {
	TOCTRACE_WRITES_FULL = 0, /* writes that found no room to be told apart */
	TOCTRACE_WRITER_RING_FULL, /* writers that found no room in the ring buffer */
	TOCTRACE_WRITER_COUNTERS,
};

/* The words that are watched in one address space, by the process that owns it. */
struct toctrace_watched {
	__u64 address[TOCTRACE_WATCHED_WORDS];
	__u64 length[TOCTRACE_WATCHED_WORDS]; /* bytes; 0: no word */
};

/* One way to write one word: what hits are counted by. */
struct toctrace_write {
	__u64 address; /* of the word, in the memory that it is in */
	__u64 ip;      /* user address behind the writing instruction */
	__u32 owner;   /* process whose memory that is, root namespace */
	__u32 tgid;    /* the writer's, root namespace */
	__u32 tid;
	__u32 way; /* enum toctrace_way */
};

struct toctrace_hits {
	__u64 count;
	__u64 last_ns; /* bpf_ktime_get_boot_ns */
};

/* A way to write a word, the first time that it was seen. */
struct toctrace_writer {
	__u16 version;
	__u16 frames; /* how many of stack[] are there */
	__u32 reserved;
	struct toctrace_write write;
	__u64 time_ns;	/* bpf_ktime_get_boot_ns */
	__u64 start_ns; /* the writer's task_struct.start_boottime */
	__u64 word;	/* what the word held right after; 0 where it could not be read */
	char comm[TOCTRACE_WRITER_COMM_BYTES];
	__u64 stack[TOCTRACE_WRITER_FRAMES]; /* user addresses, innermost first */
};

#endif
