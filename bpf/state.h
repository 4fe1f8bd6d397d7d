/* Maps, and the state of a task's call in progress. */
#ifndef TOCTRACE_STATE_H
#define TOCTRACE_STATE_H

#include "records.h"

/* Where each snapshot of a call is kept while the gate is closed. */
enum slot {
#ifdef TOCTRACE_WITH_SUPERVISE
	SLOT_SUPERVISE,
#endif
	SLOT_ENTRY,
	SLOT_COPY,
	SLOT_COPY_SECOND,
	SLOT_USE,
	SLOT_EXIT,
	SLOTS,
	SLOT_USE_APART = SLOT_COPY, /* of calls without copies: their second text's own use */
};

/* One call in progress, in the storage of its task: it lives and dies with the task, so no number
 * of calls parked in the kernel can hide another one. */
struct call {
	__u64 number;	   /* 0: no call of this task is followed */
	__u64 destination; /* of the copy that is under way */
	__u64 address[TOCTRACE_MASKS]; /* of each argument, in user memory */
	__u64 maxnode[TOCTRACE_MASKS]; /* bits of each mask, plus one; else how much there is */
	struct toctrace_layout layout;
	__u32 early;	   /* entered while disarmed: cut by start, if watching begins before its end */
	__u32 sequence;
	__u32 lost;
	__u32 copies_begun;
	__u32 copies_returned; /* bit i: the i-th copy's return was seen */
	__u32 flags;
	__u32 open; /* the gate: 1 sends each snapshot as it comes */
	__u32 held; /* bit i: at[i] is of this call, and was not sent */
	__u32 alike; /* bit i: at[i] is of this call, and plainly the same */
	__u32 unlike; /* something of this call was not plainly the same */
#ifdef TOCTRACE_WITH_SUPERVISE
	__u64 asked_from; /* where in user space the supervised call was made */
	__u32 asked;	  /* enum asker: a look was taken for them, and its call is still to come */
	__u32 decided;	  /* the same of the call in progress */
#endif
	struct toctrace_snapshot at[SLOTS];
};

BPF_TASK_STORAGE(calls, struct call);
BPF_TASK_STORAGE(seeds, __u32);
BPF_HASH(marks, __u64, struct toctrace_mark, TOCTRACE_MARKS);
BPF_ARRAY(config, struct toctrace_config, 1);
BPF_ARRAY(layouts, struct toctrace_layout, 2 * TOCTRACE_NUMBERS);
BPF_PERCPU_ARRAY(counters, __u64, TOCTRACE_COUNTERS);
BPF_PERCPU_ARRAY(numbers, __u64, 1);
BPF_RINGBUF_OUTPUT(snapshots, TOCTRACE_RING_PAGES);

static __always_inline void count(__u32 counter)
{
	__u64 *value = counters.lookup(&counter);

	/* fentry programs can be preempted by one another */
	if (value)
		__sync_fetch_and_add(value, 1);
}

/* Unique while the programs are loaded, and never 0. What runs with preemption off needs a number
 * per CPU alone. fentry programs may be preempted after they have counted, and then read the
 * count of another one: they add the task's number. (No atomic addition that returns its result:
 * bcc 0.26 compiles for the first BPF instruction set, and silently gives a wrong one.) */
static __always_inline __u64 next_number(void)
{
	__u32 zero = 0;
	__u64 *last = numbers.lookup(&zero);
	__u64 cpu = bpf_get_smp_processor_id();

	if (!last)
		return 0;
#ifdef TOCTRACE_PREEMPTIBLE
	__sync_fetch_and_add(last, 1);
	return cpu << 54 | (bpf_get_current_pid_tgid() & 0x3fffff) << 32 | (__u32)*last;
#else
	return cpu << 48 | ++*last;
#endif
}

/* How the call with this number takes its masks; NULL: it is not watched. */
static __always_inline struct toctrace_layout *layout_of(__u32 number, __u8 abi)
{
	struct toctrace_layout *layout;

	if (number >= TOCTRACE_NUMBERS)
		return NULL;
	if (abi == TOCTRACE_I386)
		number += TOCTRACE_NUMBERS;
	layout = layouts.lookup(&number);
	return layout && layout->syscall ? layout : NULL;
}

static __always_inline bool has_two(const struct call *call)
{
	return call->layout.masks > 1;
}

/* One bit for each mask that the call copies. */
static __always_inline __u32 all_masks(const struct call *call)
{
	return has_two(call) ? 3 : 1;
}

/* The call that this task is in; NULL when none is followed. */
static __always_inline struct call *current_call(void)
{
	struct call *call = calls.task_storage_get(bpf_get_current_task_btf(), 0, 0);

	return call && call->number ? call : NULL;
}

#endif
