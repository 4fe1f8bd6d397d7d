/* The look of a supervisor, taken before it decides: compiled in by --supervise alone.
 *
 * Tasks without a supervisor never come by here: syscall_trace_enter() would see every call of every
 * container. Both functions are reached by kprobes, whatever the backend.
 */
#ifndef TOCTRACE_SUPERVISE_H
#define TOCTRACE_SUPERVISE_H

#include "ladder.h"
#include "look.h"

/* arch/x86/include/asm/thread_info.h: the call came by an entry of 32 bits. */
#define TS_COMPAT 0x0002
#define SIGTRAP 5
/* What PTRACE_O_TRACESYSGOOD adds to a system call's stop. */
#define SYSGOOD 0x80

/* A call that is under way to its function. */
struct asked {
	struct toctrace_layout *layout; /* NULL: it is not watched */
	__u64 user;			/* its registers */
	__u64 args[TOCTRACE_ARGS];
	__u8 abi;
};

static __always_inline void find_asked(struct asked *a)
{
	struct pt_regs regs;
	__u32 status = READ_FIELD(__u32, bpf_get_current_task(),
				  TASK_STRUCT__THREAD_INFO + THREAD_INFO__STATUS);
	__u32 number;

	a->user = user_registers();
	read_registers(&regs, (const void *)a->user);
	number = regs.orig_ax;
	if (status & TS_COMPAT) {
		a->abi = TOCTRACE_I386;
		a->layout = layout_of(number, TOCTRACE_I386);
		take_i386(a->args, &regs);
		return;
	}
	a->abi = number & X32_SYSCALL_BIT ? TOCTRACE_I386 : TOCTRACE_X86_64;
	a->layout = layout_of(number & ~X32_SYSCALL_BIT, TOCTRACE_X86_64);
	take_x86_64(a->args, &regs);
}

static __always_inline bool is_same_call(const struct call *call, const struct asked *a)
{
	return a->layout && is_look_of(call, a->layout->syscall, a->abi, a->args, a->user);
}

/* A supervisor is about to be asked. The first look of a call stands for those of later ones. */
static __always_inline void look(enum asker asker)
{
	__u32 zero = 0;
	struct toctrace_config *c = config.lookup(&zero);
	struct toctrace_snapshot *s;
	struct asked a = {};
	struct call *call;

	find_asked(&a);
	if (!a.layout || a.layout->exact || !c)
		return; /* of texts the entry's look is the first */
	call = calls.task_storage_get(bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!call)
		return; /* the entry counts it */
	end_missed(call);
	if (call->asked && asker > call->asked && is_same_call(call, &a)) {
		call->asked |= asker;
		return;
	}
	drop_look(call);
	call->early = !c->armed;
	if (!c->armed || !in_scope(c, seed_of_current()))
		return;
	call->layout = *a.layout;
	call->asked = asker;
	call->asked_from = instruction_of(a.user);
	call->sequence = 0;
	s = begin_snapshot(call, SLOT_SUPERVISE, TOCTRACE_SUPERVISE);
	s->syscall = a.layout->syscall;
	s->abi = a.abi;
#pragma unroll
	for (int i = 0; i < TOCTRACE_ARGS; i++)
		s->args[i] = a.args[i];
	call->at[SLOT_ENTRY].abi = a.abi; /* which tells how long a word is */
	find_user_masks(call, s);
	read_user_masks(call, s);
}

/* It has decided: a call that it refused, or changed, is another one. */
static __always_inline void decided(bool refused)
{
	struct call *call = calls.task_storage_get(bpf_get_current_task_btf(), 0, 0);
	struct asked a = {};

	if (!call || !call->asked)
		return;
	find_asked(&a);
	if (refused || !is_same_call(call, &a))
		drop_look(call);
}

/* kernel/seccomp.c: seccomp_do_user_notification(), which is 0 where the call goes on. */
int notified(struct pt_regs *ctx)
{
	look(ASKED_NOTIFY);
	return 0;
}

int notified_return(struct pt_regs *ctx)
{
	decided((int)PT_REGS_RC(ctx) != 0);
	return 0;
}

KRETFUNC_PROBE(notified, int number, const void *filter, const void *data, int ret)
{
	decided(ret != 0);
	return 0;
}

/* kernel/signal.c: ptrace_notify(exit_code, message), by ptrace_report_syscall_entry() and by
 * ptrace_event(PTRACE_EVENT_SECCOMP); it is there for the exit's stop and for other events, too. */
int stopped(struct pt_regs *ctx)
{
	__u32 code = PT_REGS_PARM1(ctx);

	if (code == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
		look(ASKED_EVENT);
	else if ((code & ~SYSGOOD) == SIGTRAP && PT_REGS_PARM2(ctx) == PTRACE_EVENTMSG_SYSCALL_ENTRY)
		look(ASKED_STOP);
	return 0;
}

int stopped_return(struct pt_regs *ctx)
{
	decided(false);
	return 0;
}

KRETFUNC_PROBE(stopped, int code, unsigned long message, int ret)
{
	decided(false);
	return 0;
}

#endif
