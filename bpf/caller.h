/* Who made a call: what a process that ends at once would take with it.
 *
 * It is taken when a call that is not plainly the same is about to end, so that honest calls pay
 * nothing for it. Everything is bounded; what found no room is marked as cut.
 */
#ifndef TOCTRACE_CALLER_H
#define TOCTRACE_CALLER_H

#include "state.h"
#include "fields.h"
#include "exec.h"
#include "nodemask.h"

#define NAME_BYTES 256 /* NAME_MAX and a zero byte */
/* Names of a path that are followed, mounts that are crossed included. */
#define MOST_NAMES 48
#define PARENT_BYTES sizeof(struct toctrace_parent)
#define STACK_BYTES (TOCTRACE_FRAMES * 8)

BPF_TASK_STORAGE(callers, struct toctrace_caller);

/* The command line as execve was given it; where that is not known, what the memory holds now. */
static __always_inline void add_arguments(struct toctrace_caller *c, __u64 mm)
{
	struct arguments_told told = {};

	if (!copy_arguments(&told, c->data))
		read_arguments(&told, c->data, mm);
	c->arguments_error = told.error;
	if (told.cut)
		c->cut |= 1 << TOCTRACE_PART_ARGUMENTS;
	c->used = told.length;
}

/* The user's stack by its frame pointers. A function that makes the system call without a frame of
 * its own (the C library's syscall()) hides its caller from them: that one's return address is then
 * the word that the stack pointer points to. */
static __always_inline void add_stack(struct toctrace_caller *c)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 at = c->used;
	long read;

#if TOCTRACE_TASK_PT_REGS
	__u64 user = bpf_task_pt_regs(task);
	__u64 top = READ_FIELD(__u64, user, __builtin_offsetof(struct pt_regs, sp));

	probe_read_user(&c->stack_top, sizeof(c->stack_top), (void *)top);
#endif
	OPAQUE(at);
	if (at > TOCTRACE_DATA_BYTES - STACK_BYTES)
		return;
	read = bpf_get_task_stack(task, c->data + at, STACK_BYTES, BPF_F_USER_STACK);
	if (read <= 0)
		return;
	c->used = at + read;
	if (read == STACK_BYTES)
		c->cut |= 1 << TOCTRACE_PART_STACK;
}

/* From the nearest parent up to init, which is the child of the idle task (tgid 0). */
static __always_inline void add_parents(struct toctrace_caller *c, __u64 leader)
{
#pragma clang loop unroll(disable)
	for (int i = 0; i <= TOCTRACE_PARENTS; i++) {
		__u64 parent = READ_FIELD(__u64, leader, TASK_STRUCT__REAL_PARENT);
		__u32 tgid = READ_FIELD(__u32, parent, TASK_STRUCT__TGID), at = c->used;
		struct toctrace_parent *p;

		if (!tgid)
			return;
		OPAQUE(at);
		if (i == TOCTRACE_PARENTS || at > TOCTRACE_DATA_BYTES - PARENT_BYTES) {
			c->cut |= 1 << TOCTRACE_PART_PARENTS;
			return;
		}
		leader = READ_FIELD(__u64, parent, TASK_STRUCT__GROUP_LEADER);
		p = (void *)(c->data + at);
		p->start_ns = READ_FIELD(__u64, leader, TASK_STRUCT__START_BOOTTIME);
		p->tgid = tgid;
		p->reserved = 0;
		bpf_probe_read_kernel(p->comm, sizeof(p->comm),
				      (void *)(leader + TASK_STRUCT__COMM));
		c->used = at + PARENT_BYTES;
	}
}

/* Whether there was room for a name. */
static __always_inline bool add_name(struct toctrace_caller *c, __u64 name)
{
	__u32 at = c->used;
	long read;

	OPAQUE(at);
	if (at > TOCTRACE_DATA_BYTES - NAME_BYTES)
		return false;
	read = bpf_probe_read_kernel_str(c->data + at, NAME_BYTES, (void *)name);
	if (read < 0)
		return false;
	c->used = at + read;
	return true;
}

static __always_inline __u64 name_of(__u64 dentry)
{
	return READ_FIELD(__u64, dentry, DENTRY__D_NAME + QSTR__NAME);
}

/* A path as fs/d_path.c prepend_path() goes it, up to the root of its namespace of mounts; whether
 * it is whole. A file of a file system that is not mounted (memfd) has its name alone. */
static __always_inline bool add_path(struct toctrace_caller *c, __u64 path)
{
	__u64 dentry = READ_FIELD(__u64, path, PATH__DENTRY);
	__u64 mount = READ_FIELD(__u64, path, PATH__MNT) - MOUNT__MNT;
	__u32 began = c->used;

#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_NAMES; i++) {
		__u64 parent = READ_FIELD(__u64, dentry, DENTRY__D_PARENT);

		if (dentry == READ_FIELD(__u64, mount, MOUNT__MNT + VFSMOUNT__MNT_ROOT) ||
		    dentry == parent) {
			__u64 below = READ_FIELD(__u64, mount, MOUNT__MNT_PARENT);

			if (below == mount)
				return c->used != began || add_name(c, name_of(dentry));
			dentry = READ_FIELD(__u64, mount, MOUNT__MNT_MOUNTPOINT);
			mount = below;
			continue;
		}
		if (!add_name(c, name_of(dentry)))
			return false;
		dentry = parent;
	}
	return false;
}

/* include/linux/dcache.h d_unlinked(): it is in no list of its hash, and no root. */
static __always_inline bool is_deleted(__u64 path)
{
	__u64 dentry = READ_FIELD(__u64, path, PATH__DENTRY);

	return !READ_FIELD(__u64, dentry, DENTRY__D_HASH + HLIST_BL_NODE__PPREV) &&
	       READ_FIELD(__u64, dentry, DENTRY__D_PARENT) != dentry;
}

static __always_inline void add_executable(struct toctrace_caller *c, __u64 mm)
{
	__u64 file = READ_FIELD(__u64, mm, MM_STRUCT__EXE_FILE);
	__u64 inode = READ_FIELD(__u64, file, FILE__F_INODE);
	__u64 super = READ_FIELD(__u64, inode, INODE__I_SB);

	c->inode = READ_FIELD(__u64, inode, INODE__I_INO);
	c->device = READ_FIELD(__u32, super, SUPER_BLOCK__S_DEV);
	c->code_start = READ_FIELD(__u64, mm, MM_STRUCT__START_CODE);
	c->code_end = READ_FIELD(__u64, mm, MM_STRUCT__END_CODE);
	if (!file)
		return;
	if (is_deleted(file + FILE__F_PATH))
		c->deleted |= TOCTRACE_DELETED_EXECUTABLE;
	if (!add_path(c, file + FILE__F_PATH))
		c->cut |= 1 << TOCTRACE_PART_EXECUTABLE;
}

static __always_inline void add_directory(struct toctrace_caller *c, __u64 task)
{
	__u64 path = READ_FIELD(__u64, task, TASK_STRUCT__FS) + FS_STRUCT__PWD;

	if (is_deleted(path))
		c->deleted |= TOCTRACE_DELETED_DIRECTORY;
	if (!add_path(c, path))
		c->cut |= 1 << TOCTRACE_PART_DIRECTORY;
}

/* fs/kernfs/dir.c kernfs_path_from_node(), up to the hierarchy's root, which has no name. */
static __always_inline void add_cgroup(struct toctrace_caller *c, __u64 task)
{
	__u64 set = READ_FIELD(__u64, task, TASK_STRUCT__CGROUPS);
	__u64 cgroup = READ_FIELD(__u64, set, CSS_SET__DFL_CGRP);
	__u64 node = READ_FIELD(__u64, cgroup, CGROUP__KN);

#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_NAMES; i++) {
		if (!node || !add_name(c, READ_FIELD(__u64, node, KERNFS_NODE__NAME)))
			break;
		node = READ_FIELD(__u64, node, KERNFS_NODE__PARENT);
	}
	if (node)
		c->cut |= 1 << TOCTRACE_PART_CGROUP;
}

/* The inode of the namespace that a field of `base` points to; each kind keeps its own elsewhere. */
#define NAMESPACE_AT(base, field, common) \
	READ_FIELD(__u32, READ_FIELD(__u64, base, field), (common) + NS_COMMON__INUM)

static __always_inline void read_namespaces(struct toctrace_caller *c, __u64 task)
{
	__u64 proxy = READ_FIELD(__u64, task, TASK_STRUCT__NSPROXY);
	__u64 cred = READ_FIELD(__u64, task, TASK_STRUCT__REAL_CRED);
	__u32 *found = c->namespaces;

	found[TOCTRACE_NS_USER] = NAMESPACE_AT(cred, CRED__USER_NS, USER_NAMESPACE__NS);
	found[TOCTRACE_NS_MNT] = NAMESPACE_AT(proxy, NSPROXY__MNT_NS, MNT_NAMESPACE__NS);
	found[TOCTRACE_NS_NET] = NAMESPACE_AT(proxy, NSPROXY__NET_NS, NET__NS);
	found[TOCTRACE_NS_UTS] = NAMESPACE_AT(proxy, NSPROXY__UTS_NS, UTS_NAMESPACE__NS);
	found[TOCTRACE_NS_IPC] = NAMESPACE_AT(proxy, NSPROXY__IPC_NS, IPC_NAMESPACE__NS);
	found[TOCTRACE_NS_CGROUP] = NAMESPACE_AT(proxy, NSPROXY__CGROUP_NS, CGROUP_NAMESPACE__NS);
	found[TOCTRACE_NS_TIME] = NAMESPACE_AT(proxy, NSPROXY__TIME_NS, TIME_NAMESPACE__NS);
}

/* include/linux/thread_info.h: enum syscall_work_bit, since 5.11. */
#define WORK_TRACEPOINT (1 << 1)
#define WORK_AUDIT (1 << 4)
/* Filters of a task that are asked whether they have a listener. */
#define MOST_FILTERS 32

/* Whether a filter of the task has a listener (kernel/seccomp.c: struct seccomp_filter). */
static __always_inline bool has_listener(__u64 task)
{
	__u64 filter = READ_FIELD(__u64, task, TASK_STRUCT__SECCOMP + SECCOMP__FILTER);

#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_FILTERS && filter; i++) {
		if (READ_FIELD(__u64, filter, SECCOMP_FILTER__NOTIF))
			return true;
		filter = READ_FIELD(__u64, filter, SECCOMP_FILTER__PREV);
	}
	return false;
}

/* Who is there to look at this task's calls. What a tracepoint's program is told of has the tool's
 * own use of them in it: that one tells of no other user. */
static __always_inline __u8 observers_at(__u64 task)
{
	__u64 work = READ_FIELD(__u64, task, TASK_STRUCT__THREAD_INFO + THREAD_INFO__SYSCALL_WORK);
	__u8 found = 0;

	if (has_listener(task))
		found |= TOCTRACE_OBSERVER_NOTIFY;
	if (READ_FIELD(__u32, task, TASK_STRUCT__PTRACE))
		found |= TOCTRACE_OBSERVER_TRACER;
	if (work & WORK_AUDIT)
		found |= TOCTRACE_OBSERVER_AUDIT;
#ifndef TOCTRACE_BY_TRACEPOINTS
	if (work & WORK_TRACEPOINT)
		found |= TOCTRACE_OBSERVER_TRACEPOINT;
#endif
	return found;
}

/* The bytes that were added since the part before ended at `before`. */
static __always_inline __u32 end_part(struct toctrace_caller *c, __u32 part, __u32 before)
{
	c->parts[part] = c->used - before;
	return c->used;
}

static __always_inline void send_caller(const struct call *call)
{
	struct toctrace_caller *c =
		callers.task_storage_get(bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u64 task = bpf_get_current_task(), mm = READ_FIELD(__u64, task, TASK_STRUCT__MM);
	__u32 end = 0, size;

	if (!c) {
		count(TOCTRACE_CALLER_LOST);
		return;
	}
	__builtin_memset(c, 0, __builtin_offsetof(struct toctrace_caller, data));
	c->version = TOCTRACE_RECORD_VERSION;
	c->stage = TOCTRACE_CALLER;
	c->call = call->number;
	c->login_uid = TASK_STRUCT__LOGINUID == NOWHERE ?
			       TOCTRACE_NO_LOGIN :
			       READ_FIELD(__u32, task, TASK_STRUCT__LOGINUID);
	c->observers = observers_at(task) | supervisors_of(call);
	read_namespaces(c, task);
	add_arguments(c, mm);
	end = end_part(c, TOCTRACE_PART_ARGUMENTS, end);
	add_stack(c);
	end = end_part(c, TOCTRACE_PART_STACK, end);
	add_parents(c, READ_FIELD(__u64, task, TASK_STRUCT__GROUP_LEADER));
	end = end_part(c, TOCTRACE_PART_PARENTS, end);
	add_executable(c, mm);
	end = end_part(c, TOCTRACE_PART_EXECUTABLE, end);
	add_directory(c, task);
	end = end_part(c, TOCTRACE_PART_DIRECTORY, end);
	add_cgroup(c, task);
	end_part(c, TOCTRACE_PART_CGROUP, end);
	size = c->used;
	OPAQUE(size);
	if (size > TOCTRACE_DATA_BYTES)
		return;
	if (snapshots.ringbuf_output(c, __builtin_offsetof(struct toctrace_caller, data) + size, 0))
		count(TOCTRACE_CALLER_LOST);
}

#endif
