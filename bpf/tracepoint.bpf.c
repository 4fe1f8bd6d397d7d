/* Entry and exit alone, by the tracepoints of system calls, for kernels that refuse kprobes.
 *
 * The kernel leaves 32-bit callers out of these tracepoints (arch_trace_is_compat_syscall).
 */
#include <uapi/linux/ptrace.h>

#include "call.h"

/* events/syscalls/sys_enter_migrate_pages/format */
struct enter_context {
	__u64 common;
	__u64 number;
	__u64 args[4];
};

/* events/syscalls/sys_exit_migrate_pages/format */
struct exit_context {
	__u64 common;
	__u64 number;
	__s64 returned;
};

int sys_enter(struct enter_context *ctx)
{
	struct call *call = begin_call();
	struct toctrace_snapshot *s;

	if (!call)
		return 0;
	s = &call->at[SLOT_ENTRY];
	s->abi = TOCTRACE_X86_64;
	s->args[0] = ctx->args[0];
	s->args[1] = ctx->args[1];
	s->args[2] = ctx->args[2];
	s->args[3] = ctx->args[3];
	s->args[4] = 0;
	s->args[5] = 0;
	enter(call);
	return 0;
}

int sys_exit(struct exit_context *ctx)
{
	struct call *call = ending_call();

	if (entered_before_attaching())
		count(TOCTRACE_CUT_BY_START);
	if (call)
		leave(call, ctx->returned, true);
	return 0;
}
