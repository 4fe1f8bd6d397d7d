/* A supervisor's look and the call that follows it: empty unless --supervise compiles it in.
 *
 * A supervisor decides before the system call's function is entered, and may refuse: its look is
 * kept with the task and belongs to no call. The next entry takes it, if it is that very call.
 */
#ifndef TOCTRACE_LOOK_H
#define TOCTRACE_LOOK_H

#include "state.h"
#include "fields.h"

#ifdef TOCTRACE_WITH_SUPERVISE

/* Who was asked, in the order in which the kernel asks them (kernel/entry/common.c
 * syscall_trace_enter(), kernel/seccomp.c __seccomp_filter()). */
enum asker {
	ASKED_STOP = 1,	  /* ptrace: the stop at a system call's entry */
	ASKED_EVENT = 2,  /* ptrace: a seccomp filter that answers SECCOMP_RET_TRACE */
	ASKED_NOTIFY = 4, /* a seccomp filter's listener */
};

static __always_inline __u64 user_registers(void)
{
	return bpf_task_pt_regs(bpf_get_current_task_btf());
}

static __always_inline __u64 instruction_of(__u64 user)
{
	return READ_FIELD(__u64, user, __builtin_offsetof(struct pt_regs, ip));
}

/* Whether the look was taken of a call of this name, with these arguments, from this place. */
static __always_inline bool is_look_of(const struct call *call, __u8 syscall, __u8 abi,
				       const __u64 *args, __u64 user)
{
	const struct toctrace_snapshot *s = &call->at[SLOT_SUPERVISE];
	__u64 differ = call->asked_from ^ instruction_of(user);

#pragma unroll
	for (int i = 0; i < TOCTRACE_ARGS; i++)
		differ |= s->args[i] ^ args[i];
	return !differ && s->syscall == syscall && s->abi == abi;
}

/* The supervisor refused the call, or let another one through: that is honest, and no loss. */
static __always_inline void drop_look(struct call *call)
{
	if (call->asked)
		count(TOCTRACE_LOOKS_DROPPED);
	call->asked = 0;
}

/* A look is for the next entry alone. */
static __always_inline void end_look(struct call *call)
{
	call->decided = call->asked;
	call->asked = 0;
}

/* Whether the look that was taken is of the call that is entered. A refused call leaves its look
 * behind; but a filter decides by these registers alone, and asks again where they are the same,
 * and what a tracer did is known when it is done (supervise.h: decided). */
static __always_inline bool is_looked_at(struct call *call)
{
	const struct toctrace_snapshot *entry = &call->at[SLOT_ENTRY];

	if (!call->decided)
		return false;
	if (is_look_of(call, call->layout.syscall, entry->abi, entry->args, user_registers())) {
		call->sequence = 1; /* the look is the first */
		return true;
	}
	call->decided = 0;
	count(TOCTRACE_LOOKS_DROPPED);
	return false;
}

/* enum toctrace_observer. */
static __always_inline __u8 supervisors_of(const struct call *call)
{
	__u8 found = 0;

	if (call->decided & (ASKED_STOP | ASKED_EVENT))
		found |= TOCTRACE_OBSERVER_TRACER_ASKED;
	if (call->decided & ASKED_NOTIFY)
		found |= TOCTRACE_OBSERVER_NOTIFY_ASKED;
	return found;
}

#else

static __always_inline void end_look(struct call *call)
{
}

static __always_inline bool is_looked_at(struct call *call)
{
	return false;
}

static __always_inline __u8 supervisors_of(const struct call *call)
{
	return 0;
}

#endif
#endif
