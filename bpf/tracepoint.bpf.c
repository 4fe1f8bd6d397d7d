/* Entry and exit alone, by the tracepoints of system calls, for kernels that refuse kprobes.
 *
 * The kernel leaves 32-bit callers out of these tracepoints (arch_trace_is_compat_syscall).
 */
#include <uapi/linux/ptrace.h>

#define TOCTRACE_BY_TRACEPOINTS
#include "stages.h"

/* What perf_call_bpf_enter() hands over (kernel/trace/trace_syscalls.c): room for six arguments,
 * of which as many are set as the call has. */
struct enter_context {
	__u64 common;
	__u64 number; /* its upper half means nothing */
	__u64 args[TOCTRACE_ARGS];
};

/* The same, by perf_call_bpf_exit(). */
struct exit_context {
	__u64 common;
	__u64 number;
	__s64 returned;
};

int sys_enter(void *ctx)
{
	struct enter_context given = {};
	struct toctrace_layout *layout;
	struct toctrace_snapshot *s;
	struct call *call;

	/* read as memory: a program that reads more arguments of its context than the call has is
	 * not let near the tracepoint */
	bpf_probe_read_kernel(&given, sizeof(given), ctx);
	layout = layout_of(given.number, TOCTRACE_X86_64);
	if (!layout)
		return 0;
	call = begin_call(layout);
	if (!call)
		return 0;
	s = &call->at[SLOT_ENTRY];
	s->abi = TOCTRACE_X86_64;
#pragma unroll
	for (int i = 0; i < TOCTRACE_ARGS; i++)
		s->args[i] = i < call->layout.registers ? given.args[i] : 0;
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
