/* The command line as execve was given it, taken before the process could write there. */
#ifndef TOCTRACE_EXEC_H
#define TOCTRACE_EXEC_H

#include "fields.h"
#include "nodemask.h"

/* Programs that are remembered; the one asked for least recently goes first. What went is read from
 * the process' own memory. */
#define TOCTRACE_EXECS 2048

/* How the reading of a command line went. */
struct arguments_told {
	__u32 length;
	__s32 error;
	__u32 cut;
};

/* `data` has room for what the verifier sees: two pages' parts, each of full length. */
struct arguments {
	__u64 start_ns; /* of the process: its number may be another one's later */
	struct arguments_told told;
	__u8 data[2 * TOCTRACE_ARGUMENT_BYTES];
};

BPF_TABLE("lru_hash", __u32, struct arguments, execs, TOCTRACE_EXECS);
/* For the tracepoint alone, which runs with preemption off. */
BPF_PERCPU_ARRAY(exec_scratch, struct arguments, 1);

/* The beginning of the command line from user memory, each page read on its own as in read_pages(). */
static __always_inline void read_arguments(struct arguments_told *told, __u8 *data, __u64 mm)
{
	__u64 start = READ_FIELD(__u64, mm, MM_STRUCT__ARG_START);
	__u64 length = READ_FIELD(__u64, mm, MM_STRUCT__ARG_END) - start;
	__u64 room = TOCTRACE_PAGE - (start & (TOCTRACE_PAGE - 1)), head, tail;

	told->length = 0;
	told->error = 0;
	told->cut = length > TOCTRACE_ARGUMENT_BYTES;
	if (told->cut)
		length = TOCTRACE_ARGUMENT_BYTES;
	head = length < room ? length : room;
	tail = length - head;
	OPAQUE(head);
	if (head > TOCTRACE_ARGUMENT_BYTES)
		return;
	told->error = probe_read_user(data, head, (void *)start);
	if (told->error)
		return;
	told->length = head;
	if (!tail)
		return;
	OPAQUE(head);
	OPAQUE(tail);
	head &= TOCTRACE_ARGUMENT_BYTES - 1;
	tail &= TOCTRACE_ARGUMENT_BYTES - 1;
	told->error = probe_read_user(data + head, tail, (void *)(start + head));
	if (!told->error)
		told->length = head + tail;
}

static __always_inline __u64 began_at(__u64 task)
{
	__u64 leader = READ_FIELD(__u64, task, TASK_STRUCT__GROUP_LEADER);

	return READ_FIELD(__u64, leader, TASK_STRUCT__START_BOOTTIME);
}

#ifdef TOCTRACE_EXACTS
static __always_inline void use_words(__u64 mm, __u64 binprm);
#endif

/* fs/exec.c: exec_binprm(): the new memory is in place, and nothing of the program has run. */
RAW_TRACEPOINT_PROBE(sched_process_exec)
{
	__u64 task = bpf_get_current_task();
	__u64 mm = READ_FIELD(__u64, task, TASK_STRUCT__MM);
	__u32 zero = 0, tgid = bpf_get_current_pid_tgid() >> 32;
	struct arguments *a = exec_scratch.lookup(&zero);

#ifdef TOCTRACE_EXACTS
	use_words(mm, ctx->args[2]);
#endif
	if (!a)
		return 0;
	a->start_ns = began_at(task);
	read_arguments(&a->told, a->data, mm);
	if (a->told.error)
		execs.delete(&tgid);
	else
		execs.update(&tgid, a);
	return 0;
}

/* Copy what this process' last execve was given to `data`; false where that is not known. Whose it is
 * is asked last: an element that is let go can be another program's while it is copied. */
static __always_inline bool copy_arguments(struct arguments_told *told, __u8 *data)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	const struct arguments *a = execs.lookup(&tgid);

	if (!a)
		return false;
	*told = a->told;
	bpf_probe_read_kernel(data, TOCTRACE_ARGUMENT_BYTES, a->data);
	return a->start_ns == began_at(bpf_get_current_task());
}

#endif
