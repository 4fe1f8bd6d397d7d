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
#define NR_MIGRATE_PAGES 256 /* entry/syscalls/syscall_64.tbl, x32 too, with its bit set */
#define NR_MIGRATE_PAGES_I386 294 /* entry/syscalls/syscall_32.tbl */

/* Whom enforcing rules name, in two banks: the one in use is never written. */
BPF_ARRAY(clauses, struct toctrace_clause, 2 * TOCTRACE_CLAUSES);
BPF_ARRAY(enforcement, struct toctrace_enforcement, 1);

enum seen { SEEN_SAME, SEEN_CHANGED, SEEN_TOO_LITTLE };

static __always_inline enum seen compare_call(const struct call *call)
{
	const struct toctrace_content *entry = call->at[SLOT_ENTRY].content;
	const struct toctrace_content *old = call->at[SLOT_COPY_OLD].content;
	const struct toctrace_content *new = call->at[SLOT_COPY_NEW].content;

	if (call->copies_begun != 2 || call->copies_returned != BOTH_COPIES || is_unread(old) ||
	    is_unread(new))
		return SEEN_TOO_LITTLE;
	if (has_changed(&entry[0], old) || has_changed(&entry[1], new))
		return SEEN_CHANGED;
	return is_unread(&entry[0]) || is_unread(&entry[1]) ? SEEN_TOO_LITTLE : SEEN_SAME;
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

/* The migrate_pages call that this task is in. move_pages() passes here too: it is never taken for a
 * call whose exit was missed. */
static __always_inline struct call *call_at_hook(void)
{
	struct call *call = current_call();
	__u64 regs, number;

	if (!call || call->at[SLOT_ENTRY].syscall != TOCTRACE_MIGRATE_PAGES)
		return NULL;
	regs = bpf_task_pt_regs(bpf_get_current_task_btf());
	number = READ_FIELD(__u64, regs, __builtin_offsetof(struct pt_regs, orig_ax)) &
		 ~(__u64)X32_SYSCALL_BIT;
	return number == NR_MIGRATE_PAGES || number == NR_MIGRATE_PAGES_I386 ? call : NULL;
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
