/* A call from its first look at user memory to its last one.
 *
 * The entry program alone reads the flag that arms, and numbers the call (a supervisor's look waits
 * for it: look.h); later programs act only on a call so begun, so that no call is judged by half.
 * Each stage takes one snapshot, under a
 * sequence number that also counts those that found no room in the ring buffer.
 */
#ifndef TOCTRACE_CALL_H
#define TOCTRACE_CALL_H

#include "records.h"
#include "state.h"
#include "task.h"
#include "scope.h"
#include "nodemask.h"
#include "gate.h"
#include "look.h"
#include "caller.h"
#ifdef TOCTRACE_EXACTS
#include "pieces.h"
#endif

static __always_inline __u8 word_of(struct call *call)
{
	return call->at[SLOT_ENTRY].abi == TOCTRACE_I386 ? 4 : 8;
}

static __always_inline void read_user_masks(struct call *call, struct toctrace_snapshot *s)
{
	const struct toctrace_layout *layout = &call->layout;
	__u8 word = word_of(call);

	read_user_mask(&s->content[0], layout->position[0], call->address[0], call->maxnode[0],
		       word);
	if (has_two(call))
		read_user_mask(&s->content[1], layout->position[1], call->address[1],
			       call->maxnode[1], word);
}

static __always_inline bool whole_masks(const struct call *call, const struct toctrace_snapshot *s)
{
	return whole(&s->content[0]) && (!has_two(call) || whole(&s->content[1]));
}

static __always_inline bool same_masks(const struct call *call, const struct toctrace_snapshot *a,
				       const struct toctrace_snapshot *b)
{
	return same_bits(&a->content[0], &b->content[0]) &&
	       (!has_two(call) || same_bits(&a->content[1], &b->content[1]));
}

/* A register by its position, which is bounded so that the verifier sees it. */
static __always_inline __u64 register_at(const struct toctrace_snapshot *entry, __u32 position)
{
	position &= 7;
	return position < TOCTRACE_ARGS ? entry->args[position] : 0;
}

/* Where the masks are, by the registers of a snapshot. */
static __always_inline void find_user_masks(struct call *call, const struct toctrace_snapshot *s)
{
#pragma unroll
	for (int i = 0; i < TOCTRACE_MASKS; i++) {
		call->address[i] = register_at(s, call->layout.position[i]);
		call->maxnode[i] = register_at(s, call->layout.bits[i]);
	}
}

/* Let go of the call before, whose end was not seen. */
static __always_inline void end_missed(struct call *call)
{
	if (!call->number)
		return;
	count(TOCTRACE_EXIT_MISSED);
	open_gate(call); /* what was seen of it is judged */
	call->number = 0;
}

/* Where the arguments of calls go whose state has no room for them. */
static __always_inline bool has_room(const struct toctrace_layout *layout)
{
#ifdef TOCTRACE_EXACTS
	if (layout->exact)
		return has_room_for_texts() && has_room_for_pieces(layout);
#endif
	return true;
}

/* Number the call, or leave it alone: NULL. */
static __always_inline struct call *begin_call(const struct toctrace_layout *layout)
{
	__u32 zero = 0, seed = seed_of_current();
	struct toctrace_config *c = config.lookup(&zero);
	struct call *call;
	bool watched;

	if (!c)
		return NULL;
	/* the tool proves its stages by calls of its own before it watches anybody's */
	watched = seed == TOCTRACE_SEED_OWN || (c->armed && in_scope(c, seed));
	call = calls.task_storage_get(bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (call) {
		end_missed(call);
		end_look(call);
		call->early = !c->armed;
	}
	if (!watched) {
		if (c->armed)
			count(TOCTRACE_OUT_OF_SCOPE);
		return NULL;
	}
	if (!call || !has_room(layout)) {
		count(TOCTRACE_STATE_FULL);
		return NULL;
	}
	call->number = next_number();
	call->layout = *layout;
	call->destination = 0;
	call->sequence = 0;
	call->lost = 0;
	call->copies_begun = 0;
	call->copies_returned = 0;
	call->flags = 0;
	call->open = 0;
	call->held = 0;
	call->alike = 0;
	call->unlike = 0;
	if (seed == TOCTRACE_SEED_OWN)
		call->flags = TOCTRACE_OWN;
	else
		count(TOCTRACE_CALLS);
	if (c->armed == TOCTRACE_ALL || seed == TOCTRACE_SEED_OWN)
		open_gate(call);
	return call;
}

/* What is known at the entry: who calls, and where the arguments are. */
static __always_inline void begin_arguments(struct call *call, struct toctrace_snapshot *s)
{
	s->version = TOCTRACE_RECORD_VERSION;
	s->syscall = call->layout.syscall;
	s->call = call->number;
	fill_caller(s);
	find_user_masks(call, s);
}

/* Let the supervisor's look go before the entry, which is taken: where one of them is not whole, or
 * they differ, both are sent. */
static __always_inline void pass_look(struct call *call)
{
#ifdef TOCTRACE_WITH_SUPERVISE
	struct toctrace_snapshot *s = &call->at[SLOT_SUPERVISE];
	const struct toctrace_snapshot *entry = &call->at[SLOT_ENTRY];

	s->flags = call->flags;
	pass(call, SLOT_SUPERVISE, whole_masks(call, s) && whole_masks(call, entry) &&
	     same_masks(call, s, entry));
#endif
}

/* Take the entry; registers and ABI are in its slot already. */
static __always_inline void enter_masks(struct call *call)
{
	bool looked = is_looked_at(call);
	struct toctrace_snapshot *s = begin_snapshot(call, SLOT_ENTRY, TOCTRACE_ENTRY);

	begin_arguments(call, s);
	read_user_masks(call, s);
	if (looked)
		pass_look(call);
	pass(call, SLOT_ENTRY, whole_masks(call, s));
}

/* The entry program leaves storage with every task that it sees, armed or not. */
static __always_inline bool entered_before_attaching(void)
{
	__u32 zero = 0;
	struct toctrace_config *c = config.lookup(&zero);

	return c && c->armed && !calls.task_storage_get(bpf_get_current_task_btf(), 0, 0);
}

/* The call that this task ends; NULL: none that is followed. */
static __always_inline struct call *ending_call(void)
{
	struct call *call = calls.task_storage_get(bpf_get_current_task_btf(), 0, 0);
	struct toctrace_config *c;
	__u32 zero = 0;

	if (!call || call->number)
		return call;
	c = config.lookup(&zero);
	if (call->early && c && c->armed)
		count(TOCTRACE_CUT_BY_START);
	call->early = 0;
	return NULL;
}

static __always_inline void end_count(struct call *call)
{
	if (!(call->flags & TOCTRACE_OWN))
		count(TOCTRACE_EXITS);
	if (!call->open)
		count(TOCTRACE_EQUAL);
	call->number = 0;
}

/* Copies that the kernel has begun, one bit each: after one that succeeded comes the next. */
static __always_inline __u32 copies_due(const struct call *call)
{
	__u32 begun = call->copies_begun;

	if (begun >= call->layout.masks)
		return all_masks(call);
	if ((call->copies_returned & 1) && !call->at[SLOT_COPY].returned)
		return all_masks(call);
	return begun;
}

/* Take the exit. `complete`: nothing is missing of what its return value tells of. */
static __always_inline void leave_masks(struct call *call, long returned, bool complete)
{
	const struct toctrace_snapshot *entry = &call->at[SLOT_ENTRY];
	struct toctrace_snapshot *s = begin_snapshot(call, SLOT_EXIT, TOCTRACE_EXIT);
	__u32 missed = copies_due(call) & ~call->copies_returned;
	bool same;

	if (missed)
		count(TOCTRACE_COPY_MISSED);
	s->missed = missed;
	s->returned = returned;
	read_user_masks(call, s);
	same = complete && whole_masks(call, s) && same_masks(call, s, entry);
	if (!same || call->unlike)
		send_caller(call);
	pass(call, SLOT_EXIT, same);
	end_count(call);
}

#endif
