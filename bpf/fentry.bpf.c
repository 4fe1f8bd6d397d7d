/* The ladder by fentry and fexit: cheaper than kprobes, and no return is limited by a pool.
 *
 * A program that is preempted by itself on one CPU is skipped: the kernel counts it
 * (recursion_misses), and it is a loss like any other. The names in these macros are those of the
 * stages: user space loads each program under the name of the function that it is attached to.
 */
#define TOCTRACE_PREEMPTIBLE
#include <uapi/linux/ptrace.h>

#include "ladder.h"
#ifdef TOCTRACE_ENFORCE
#include "enforce.h"
#endif
#ifdef TOCTRACE_EXACTS
#include "exact_fentry.h"
#endif
#ifdef TOCTRACE_WITH_SUPERVISE
#include "supervise.h"
#endif

KFUNC_PROBE(entry_x86_64, const struct pt_regs *regs)
{
	enter_x86_64(regs);
	return 0;
}

KFUNC_PROBE(entry_i386, const struct pt_regs *regs)
{
	enter_i386(regs);
	return 0;
}

KRETFUNC_PROBE(exit, const struct pt_regs *regs, long ret)
{
	end_call(ret);
	return 0;
}

KRETFUNC_PROBE(copy, void *nodes, const unsigned long *nmask, unsigned long maxnode, int ret)
{
	end_whole_copy(nodes, (__u64)nmask, ret);
	return 0;
}

/* Named for the parameters that are the masks. */
KFUNC_PROBE(use_2_3, void *first, const void *second, const void *third)
{
	begin_use(second, third);
	return 0;
}

KFUNC_PROBE(use_3, __u64 first, __u64 second, const void *third)
{
	begin_use(third, NULL);
	return 0;
}

KFUNC_PROBE(use_5, __u64 first, __u64 second, __u64 third, __u64 fourth, const void *fifth)
{
	begin_use(fifth, NULL);
	return 0;
}

KFUNC_PROBE(fault_held, void *fault)
{
	hold_fault();
	return 0;
}
