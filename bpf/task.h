/* Who is calling: the task's identity, in the root and in its own pid namespace. */
#ifndef TOCTRACE_TASK_H
#define TOCTRACE_TASK_H

#include "records.h"
#include "fields.h"

/* Kernel addresses are kept as numbers: they are only ever read from by READ_FIELD. */

/* The struct upid of a struct pid at one depth of namespaces. */
static __always_inline __u64 upid_at(__u64 pid, __u32 level)
{
	return pid + PID__NUMBERS + (__u64)level * UPID_BYTES;
}

/* The inode of a struct upid's namespace. */
static __always_inline __u32 namespace_of(__u64 upid)
{
	__u64 namespace = READ_FIELD(__u64, upid, UPID__NS);

	return READ_FIELD(__u32, namespace, PID_NAMESPACE__NS + NS_COMMON__INUM);
}

/* A struct pid's number as seen in the namespace with this inode; 0: not visible there. */
static __always_inline __u32 number_in(__u64 pid, __u32 namespace)
{
	__u32 deepest = READ_FIELD(__u32, pid, PID__LEVEL);

#pragma clang loop unroll(disable)
	for (__u32 level = 0; level < 8; level++) {
		__u64 upid = upid_at(pid, level);

		if (level > deepest)
			break;
		if (namespace_of(upid) == namespace)
			return READ_FIELD(__u32, upid, UPID__NR);
	}
	return 0;
}

static __always_inline __u64 thread_pid(__u64 task)
{
	return READ_FIELD(__u64, task, TASK_STRUCT__THREAD_PID);
}

static __always_inline __u64 process_pid(__u64 task)
{
	__u64 signal = READ_FIELD(__u64, task, TASK_STRUCT__SIGNAL);

	return READ_FIELD(__u64, signal, SIGNAL_STRUCT__PIDS + TGID_TYPE * sizeof(void *));
}

/* What others can change while the task is in a call: taken when the snapshot is. */
static __always_inline void fill_caller(struct toctrace_snapshot *s)
{
	const void *task = bpf_get_current_task_btf();
	const void *cred = LOAD_FIELD(void *, task, TASK_STRUCT__CRED);
	const void *cgroups = LOAD_FIELD(void *, task, TASK_STRUCT__CGROUPS);
	const void *cgroup = LOAD_FIELD(void *, cgroups, CSS_SET__DFL_CGRP);
	const void *node = LOAD_FIELD(void *, cgroup, CGROUP__KN);
	__u64 *comm = (__u64 *)s->comm;

	s->uid = LOAD_FIELD(__u32, cred, CRED__UID);
	s->gid = LOAD_FIELD(__u32, cred, CRED__GID);
	s->cgroup = LOAD_FIELD(__u64, node, KERNFS_NODE__ID);
#pragma unroll
	for (int i = 0; i < TOCTRACE_COMM_BYTES / 8; i++)
		comm[i] = LOAD_FIELD(__u64, task, TASK_STRUCT__COMM + 8 * i);
}

/* What stays while the task is in a call: taken when a snapshot is sent. */
static __always_inline void fill_task(struct toctrace_snapshot *s)
{
	__u64 task = bpf_get_current_task();
	__u64 thread = thread_pid(task);
	__u32 level = READ_FIELD(__u32, thread, PID__LEVEL);
	__u64 own = upid_at(thread, level);
	__u64 ids = bpf_get_current_pid_tgid();

	s->task = task;
	s->start_ns = READ_FIELD(__u64, task, TASK_STRUCT__START_BOOTTIME);
	s->tgid = ids >> 32;
	s->tid = ids;
	s->ns_tid = READ_FIELD(__u32, own, UPID__NR);
	s->ns_tgid = READ_FIELD(__u32, upid_at(process_pid(task), level), UPID__NR);
	s->pid_namespace = namespace_of(own);
}

#endif
