/* The gate: a call whose looks are plainly the same is counted, any other one is sent whole.
 *
 * It judges nothing. While it is closed, snapshots are held in the storage of their task; the
 * first thing that is not plainly the same opens it: what was held goes out in order, and all that
 * follows goes out as it comes, to the correlator, which judges the call as if there were no gate.
 */
#ifndef TOCTRACE_GATE_H
#define TOCTRACE_GATE_H

#include "records.h"
#include "state.h"
#include "task.h"
#ifdef TOCTRACE_EXACTS
#include "texts.h"
#endif

#define SIZE_WITH(n) \
	(sizeof(struct toctrace_snapshot) - \
	 (TOCTRACE_CONTENTS - (n)) * sizeof(struct toctrace_content))

/* How many contents a snapshot has: the copied mask or all masks, and at copy and use the caller's
 * cpuset nodes. */
static __always_inline __u8 contents_at(const struct call *call, __u32 slot)
{
	__u8 masks = has_two(call) ? 2 : 1;

	if (slot == SLOT_COPY || slot == SLOT_COPY_SECOND)
		return 2;
	return slot == SLOT_USE ? masks + 1 : masks;
}

/* Begin the snapshot of a slot. What a slot held before was sent, or is of an earlier call. */
static __always_inline struct toctrace_snapshot *begin_snapshot(struct call *call, __u32 slot,
								__u8 stage)
{
	struct toctrace_snapshot *s = &call->at[slot];

	s->stage = stage;
	s->contents = contents_at(call, slot);
	s->flags = call->flags;
	s->missed = 0;
	s->time_ns = bpf_ktime_get_boot_ns();
	s->returned = 0;
	s->sequence = call->sequence++;
	s->cpu = bpf_get_smp_processor_id();
	return s;
}

static __always_inline void output(struct call *call, __u32 slot)
{
	struct toctrace_snapshot *s = &call->at[slot];
	__u64 size = SIZE_WITH(3);

#ifdef TOCTRACE_EXACTS
	if (s->contents == TOCTRACE_TEXT) {
		output_texts(call, slot);
		return;
	}
	if (!s->contents)
		size = SIZE_WITH(0);
	else
#endif
	if (s->contents < 3)
		size = s->contents < 2 ? SIZE_WITH(1) : SIZE_WITH(2);
	s->lost = call->lost;
	if (snapshots.ringbuf_output(s, size, 0)) {
		call->lost++;
		count(TOCTRACE_RING_FULL);
	}
}

/* What every snapshot of a call says alike. */
static __always_inline void fill_call(struct toctrace_snapshot *s,
				      const struct toctrace_snapshot *entry)
{
	s->version = TOCTRACE_RECORD_VERSION;
	s->syscall = entry->syscall;
	s->abi = entry->abi;
	s->call = entry->call;
#pragma unroll
	for (int i = 0; i < TOCTRACE_ARGS; i++)
		s->args[i] = entry->args[i];
}

static __always_inline void copy_task(struct toctrace_snapshot *s,
				      const struct toctrace_snapshot *entry)
{
	s->task = entry->task;
	s->start_ns = entry->start_ns;
	s->cgroup = entry->cgroup;
	s->tgid = entry->tgid;
	s->tid = entry->tid;
	s->ns_tgid = entry->ns_tgid;
	s->ns_tid = entry->ns_tid;
	s->pid_namespace = entry->pid_namespace;
	s->uid = entry->uid;
	s->gid = entry->gid;
	__builtin_memcpy(s->comm, entry->comm, sizeof(s->comm));
}

/* Send what is held, first to last; from here on nothing is held back. */
static __always_inline void open_gate(struct call *call)
{
	struct toctrace_snapshot *entry = &call->at[SLOT_ENTRY];
	__u32 held = call->held;

	if (!call->open && !(call->flags & TOCTRACE_OWN))
		count(TOCTRACE_SENT);
	call->open = 1;
	call->held = 0;
	if (!held)
		return;
	/* the entry is held, too: nothing is held of a call that began open */
	fill_task(entry);
#pragma clang loop unroll(disable)
	for (__u32 slot = 0; slot < SLOTS; slot++) {
		if (!(held & (1 << slot)))
			continue;
		if (slot != SLOT_ENTRY) {
			fill_call(&call->at[slot], entry);
			copy_task(&call->at[slot], entry);
		}
		output(call, slot);
	}
}

/* Hold a finished snapshot while all is `same`; else let out all there is. */
static __always_inline void pass(struct call *call, __u32 slot, bool same)
{
	struct toctrace_snapshot *s = &call->at[slot];

	if (same)
		call->alike |= 1 << slot;
	else
		call->unlike = 1;
	if (!call->open && same) {
		call->held |= 1 << slot;
		return;
	}
	open_gate(call);
	if (slot != SLOT_ENTRY) {
		fill_call(s, &call->at[SLOT_ENTRY]);
		fill_caller(s);
	}
	fill_task(s);
	output(call, slot);
}

static __always_inline bool is_held(struct call *call, __u32 slot)
{
	return call->held & (1 << slot);
}

/* The same as far as the gate compares, whether it is open or not. */
static __always_inline bool is_alike(struct call *call, __u32 slot)
{
	return call->alike & (1 << slot);
}

/* Whether all was read that the kernel reads, and nothing is set where it must not be. */
static __always_inline bool whole(const struct toctrace_content *c)
{
	return !c->head_error && !c->tail_error && c->beyond == TOCTRACE_BEYOND_CLEAR;
}

/* Bytes past a mask's length are zero, and so are the bits that the kernel masks off. */
static __always_inline bool same_bits(const struct toctrace_content *a,
				      const struct toctrace_content *b)
{
	const __u64 *x = (const __u64 *)a->data, *y = (const __u64 *)b->data;
	__u64 differ = 0;

#pragma unroll
	for (int i = 0; i < TOCTRACE_MASK_BYTES / 8; i++)
		differ |= x[i] ^ y[i];
	return !differ;
}

/* mm/mempolicy.c kernel_migrate_pages(): nodes_and(*new, *new, task_nodes). */
static __always_inline bool narrowed(const struct toctrace_content *copy,
				     const struct toctrace_content *use,
				     const struct toctrace_content *cpuset)
{
	const __u64 *x = (const __u64 *)copy->data, *y = (const __u64 *)use->data;
	const __u64 *allowed = (const __u64 *)cpuset->data;
	__u64 differ = 0;

#pragma unroll
	for (int i = 0; i < TOCTRACE_MASK_BYTES / 8; i++)
		differ |= (x[i] & allowed[i]) ^ y[i];
	return !differ;
}

#endif
