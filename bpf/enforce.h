/* Stopping a raced call: compiled in by --enforce alone.
 *
 * The place is security_task_movememory(): after both copies and the narrowing, before the target's
 * memory is looked up and any page moves (mm/mempolicy.c: kernel_migrate_pages). What is compared is
 * what the call's state holds by then (changed.h).
 */
#ifndef TOCTRACE_ENFORCE_H
#define TOCTRACE_ENFORCE_H

#include "ladder.h"
#include "changed.h"

#define NOT_PERMITTED (-1) /* -EPERM */
#define SIGNAL_KILL 9

/* Whom enforcing rules name, in two banks: the one in use is never written. */
BPF_ARRAY(clauses, struct toctrace_clause, 2 * TOCTRACE_CLAUSES);
BPF_ARRAY(enforcement, struct toctrace_enforcement, 1);

enum seen { SEEN_SAME, SEEN_CHANGED, SEEN_TOO_LITTLE };

static __always_inline enum seen compare_call(const struct call *call)
{
	const struct toctrace_content *entry = call->at[SLOT_ENTRY].content;
	const struct toctrace_content *first = call->at[SLOT_COPY].content;
	const struct toctrace_content *second = call->at[SLOT_COPY_SECOND].content;
	bool two = has_two(call);

	if (call->copies_begun != call->layout.masks || call->copies_returned != all_masks(call) ||
	    is_unread(first) || (two && is_unread(second)))
		return SEEN_TOO_LITTLE;
	if (has_changed(&entry[0], first) || (two && has_changed(&entry[1], second)))
		return SEEN_CHANGED;
	return is_unread(&entry[0]) || (two && is_unread(&entry[1])) ? SEEN_TOO_LITTLE : SEEN_SAME;
}

static __always_inline bool fits(const struct toctrace_clause *c,
				 const struct toctrace_snapshot *entry)
{
	return c->uid_least <= entry->uid && entry->uid <= c->uid_most &&
	       c->gid_least <= entry->gid && entry->gid <= c->gid_most &&
	       c->cgroup_least <= entry->cgroup && entry->cgroup <= c->cgroup_most;
}

/* Whether an enforcing rule names the caller, and no exception of that rule does. `blind`: only rules
 * whose blind calls are to be stopped count. */
static __always_inline bool is_named(const struct toctrace_enforcement *e,
				     const struct toctrace_snapshot *entry, bool blind)
{
	__u32 first = e->bank * TOCTRACE_CLAUSES;
	__u64 named = 0, excepted = 0;

	for (__u32 i = 0; i < TOCTRACE_CLAUSES; i++) {
		__u32 at = first + i;
		struct toctrace_clause *c = clauses.lookup(&at);

		if (!c || c->use == TOCTRACE_CLAUSE_END)
			break;
		if (!fits(c, entry) || (blind && !c->blind))
			continue;
		if (c->use == TOCTRACE_CLAUSE_EXCEPTED)
			excepted |= 1ULL << (c->rule & 63);
		else
			named |= 1ULL << (c->rule & 63);
	}
	return named & ~excepted;
}

/* Keep with the call what became of it: its later snapshots say so. */
static __always_inline void tell(struct call *call, __u32 flag, __u32 counter)
{
	call->flags |= flag;
	open_gate(call);
	if (!(call->flags & TOCTRACE_OWN))
		count(counter);
}

/* Whether a system call's number, of whichever ABI, is that of the call. */
static __always_inline bool is_number_of(const struct call *call, __u32 number)
{
	const struct toctrace_layout *x86_64 = layout_of(number & ~X32_SYSCALL_BIT, TOCTRACE_X86_64);
	const struct toctrace_layout *i386 = layout_of(number, TOCTRACE_I386);

	return (x86_64 && x86_64->syscall == call->layout.syscall) ||
	       (i386 && i386->syscall == call->layout.syscall);
}

/* The number of a call, in the registers with which it came. */
static __always_inline __u32 number_of(const struct pt_regs *user)
{
	return READ_FIELD(__u64, user, offsetof(struct pt_regs, orig_ax));
}

/* The call that this task is in. move_pages() passes here too: it is never taken for a call whose
 * exit was missed. */
static __always_inline struct call *call_at_hook(void)
{
	struct call *call = current_call();
	__u64 regs;

	if (!call || call->layout.exact) /* move_pages comes by here too */
		return NULL;
	regs = bpf_task_pt_regs(bpf_get_current_task_btf());
	return is_number_of(call, number_of((const struct pt_regs *)regs)) ? call : NULL;
}

/* Whether this call is to be stopped. One that cannot be judged here is let through, and that is
 * told, unless it was asked for otherwise. The tool's own calls are named by nobody. */
static __always_inline bool is_to_be_stopped(const struct toctrace_enforcement *e,
					     struct call *call)
{
	const struct toctrace_snapshot *entry = &call->at[SLOT_ENTRY];
	enum seen seen = compare_call(call);
	bool own = call->flags & TOCTRACE_OWN;

	if (seen == SEEN_SAME)
		return false;
	if (seen == SEEN_CHANGED)
		return own || is_named(e, entry, false);
	if (!own && is_named(e, entry, true))
		return true;
	if (!own && is_named(e, entry, false))
		tell(call, TOCTRACE_LET_THROUGH, TOCTRACE_CALLS_LET_THROUGH);
	return false;
}

/* What is done about raced calls; NULL: nothing yet. */
static __always_inline struct toctrace_enforcement *current_enforcement(void)
{
	__u32 zero = 0;
	struct toctrace_enforcement *e = enforcement.lookup(&zero);

	return e && e->mode ? e : NULL;
}

/* Refuses, or tells what would be refused. */
LSM_PROBE(task_movememory, struct task_struct *target)
{
	struct toctrace_enforcement *e = current_enforcement();
	struct call *call = call_at_hook();

	if (!e || !call || !is_to_be_stopped(e, call))
		return 0;
	if (e->mode != TOCTRACE_ENFORCE_REFUSE) {
		tell(call, TOCTRACE_WOULD_REFUSE, TOCTRACE_CALLS_UNREFUSED);
		return 0;
	}
	tell(call, TOCTRACE_REFUSED, TOCTRACE_CALLS_REFUSED);
	return NOT_PERMITTED;
}

/* A kprobe at the same place. The call itself goes on: the signal takes effect at its end. */
int kill_caller(struct pt_regs *ctx)
{
	struct toctrace_enforcement *e = current_enforcement();
	struct call *call = call_at_hook();

	if (!e || !call || !is_to_be_stopped(e, call))
		return 0;
	if (call->flags & TOCTRACE_OWN)
		tell(call, TOCTRACE_WOULD_REFUSE, TOCTRACE_CALLS_UNREFUSED);
	else if (bpf_send_signal(SIGNAL_KILL))
		tell(call, TOCTRACE_LET_THROUGH, TOCTRACE_CALLS_LET_THROUGH);
	else
		tell(call, TOCTRACE_KILLED, TOCTRACE_CALLS_KILLED);
	return 0;
}

#endif
