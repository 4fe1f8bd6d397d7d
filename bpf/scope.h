/* Which calls are watched: filters, and marks that descendants inherit. */
#ifndef TOCTRACE_SCOPE_H
#define TOCTRACE_SCOPE_H

#include "state.h"
#include "task.h"

static __always_inline __u32 seed_of_current(void)
{
	__u32 *seed = seeds.task_storage_get(bpf_get_current_task_btf(), 0, 0);

	return seed ? *seed : 0;
}

static __always_inline bool current_is_marked(__u32 seed)
{
	__u64 task = bpf_get_current_task();

	return seed == TOCTRACE_SEED_MARKED || marks.lookup(&task);
}

static __always_inline bool comm_is(const char *wanted)
{
	char comm[TOCTRACE_COMM_BYTES] = {};

	bpf_get_current_comm(comm, sizeof(comm));
#pragma unroll
	for (int i = 0; i < TOCTRACE_COMM_BYTES; i++) {
		if (comm[i] != wanted[i])
			return false;
		if (!comm[i])
			break;
	}
	return true;
}

/* `seed`: of the current task. */
static __always_inline bool in_scope(struct toctrace_config *c, __u32 seed)
{
	if ((c->filters & TOCTRACE_FILTER_MARKED) && !current_is_marked(seed))
		return false;
	if ((c->filters & TOCTRACE_FILTER_UID) && (__u32)bpf_get_current_uid_gid() != c->uid)
		return false;
	if ((c->filters & TOCTRACE_FILTER_COMM) && !comm_is(c->comm))
		return false;
	if ((c->filters & TOCTRACE_FILTER_CGROUP) &&
	    bpf_get_current_ancestor_cgroup_id(c->cgroup_level) != c->cgroup)
		return false;
	if ((c->filters & TOCTRACE_FILTER_PID) &&
	    number_in(process_pid(bpf_get_current_task()), c->pid_namespace) != c->pid)
		return false;
	return true;
}

/* A marked task's child is marked before it runs (kernel/fork.c: kernel_clone). */
RAW_TRACEPOINT_PROBE(sched_process_fork)
{
	__u64 key = ctx->args[1]; /* the child */
	struct toctrace_mark mark = {};
	struct toctrace_config *c;
	__u32 zero = 0;

	if (!current_is_marked(seed_of_current()))
		return 0;
	c = config.lookup(&zero);
	if (!c)
		return 0;
	mark.tgid = READ_FIELD(__u32, key, TASK_STRUCT__TGID);
	mark.tid = READ_FIELD(__u32, key, TASK_STRUCT__PID);
	mark.ns_tgid = number_in(process_pid(key), c->pid_namespace);
	mark.ns_tid = number_in(thread_pid(key), c->pid_namespace);
	if (marks.update(&key, &mark))
		count(TOCTRACE_MARKS_FULL);
	return 0;
}

/* The address may be another task's soon (kernel/exit.c: do_exit). */
RAW_TRACEPOINT_PROBE(sched_process_exit)
{
	__u64 key = bpf_get_current_task();

	marks.delete(&key);
	return 0;
}

#endif
