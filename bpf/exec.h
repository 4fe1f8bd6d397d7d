/* The command line as execve was given it, taken before the process could write there. */
#ifndef TOCTRACE_EXEC_H
#define TOCTRACE_EXEC_H

#include "fields.h"
#include "nodemask.h"

/* Programs that are remembered; the one asked for least recently goes first. What went is read from
 * the process' own memory. */
#define TOCTRACE_EXECS 2048

/* `data` has room for what the verifier sees: two pages' parts, each of full length. */
struct arguments {
	__u64 start_ns; /* of the process: its number may be another one's later */
	__u32 length;
	__s32 error;
	__u32 cut;
	__u8 data[2 * TOCTRACE_ARGUMENT_BYTES];
};

BPF_TABLE("lru_hash", __u32, struct arguments, execs, TOCTRACE_EXECS);
BPF_PERCPU_ARRAY(exec_scratch, struct arguments, 1);

/* The beginning of the command line from user memory, each page read on its own as in read_pages(). */
static __always_inline void read_arguments(struct arguments *a, __u64 mm)
{
	__u64 start = READ_FIELD(__u64, mm, MM_STRUCT__ARG_START);
	__u64 length = READ_FIELD(__u64, mm, MM_STRUCT__ARG_END) - start;
	__u64 room = TOCTRACE_PAGE - (start & (TOCTRACE_PAGE - 1)), head, tail;

	a->length = 0;
	a->cut = length > TOCTRACE_ARGUMENT_BYTES;
	if (a->cut)
		length = TOCTRACE_ARGUMENT_BYTES;
	head = length < room ? length : room;
	tail = length - head;
	OPAQUE(head);
	if (head > TOCTRACE_ARGUMENT_BYTES)
		return;
	a->error = bpf_probe_read_user(a->data, head, (void *)start);
	if (a->error)
		return;
	a->length = head;
	if (!tail)
		return;
	OPAQUE(head);
	OPAQUE(tail);
	head &= TOCTRACE_ARGUMENT_BYTES - 1;
	tail &= TOCTRACE_ARGUMENT_BYTES - 1;
	a->error = bpf_probe_read_user(a->data + head, tail, (void *)(start + head));
	if (!a->error)
		a->length = head + tail;
}

static __always_inline __u64 began_at(__u64 task)
{
	__u64 leader = READ_FIELD(__u64, task, TASK_STRUCT__GROUP_LEADER);

	return READ_FIELD(__u64, leader, TASK_STRUCT__START_BOOTTIME);
}

/* fs/exec.c: exec_binprm(): the new memory is in place, and nothing of the program has run. */
RAW_TRACEPOINT_PROBE(sched_process_exec)
{
	__u64 task = bpf_get_current_task();
	__u32 zero = 0, tgid = bpf_get_current_pid_tgid() >> 32;
	struct arguments *a = exec_scratch.lookup(&zero);

	if (!a)
		return 0;
	a->start_ns = began_at(task);
	read_arguments(a, READ_FIELD(__u64, task, TASK_STRUCT__MM));
	if (a->error)
		execs.delete(&tgid);
	else
		execs.update(&tgid, a);
	return 0;
}

/* What this process' last execve was given; where that is not known, what its memory holds now. */
static __always_inline struct arguments *arguments_of_current(void)
{
	__u64 task = bpf_get_current_task();
	__u32 zero = 0, tgid = bpf_get_current_pid_tgid() >> 32;
	struct arguments *a = execs.lookup(&tgid);

	if (a && a->start_ns == began_at(task))
		return a;
	a = exec_scratch.lookup(&zero);
	if (a)
		read_arguments(a, READ_FIELD(__u64, task, TASK_STRUCT__MM));
	return a;
}

#endif
