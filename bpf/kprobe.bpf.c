/* The ladder by kprobes; returns by fexit where the kernel allows it, else by kretprobes. */
#include <uapi/linux/ptrace.h>

#include "ladder.h"
#ifdef TOCTRACE_ENFORCE
#include "enforce.h"
#endif
#ifdef TOCTRACE_EXACTS
#include "exact_kprobe.h"
#endif
#ifdef TOCTRACE_WITH_SUPERVISE
#include "supervise.h"
#endif

int entry_x86_64(struct pt_regs *ctx)
{
	enter_x86_64((void *)PT_REGS_PARM1(ctx));
	return 0;
}

int entry_i386(struct pt_regs *ctx)
{
	enter_i386((void *)PT_REGS_PARM1(ctx));
	return 0;
}

int copy(struct pt_regs *ctx)
{
	begin_copy(PT_REGS_PARM1(ctx));
	return 0;
}

int copy_return(struct pt_regs *ctx)
{
	end_copy((int)PT_REGS_RC(ctx));
	return 0;
}

/* fexit needs no pool of return instances, so calls parked in get_nodes() hide no other one, and no
 * kprobe at the beginning. The names in these macros are those of the stages: user space loads each
 * under a function's. */
KRETFUNC_PROBE(copy, void *nodes, const unsigned long *nmask, unsigned long maxnode, int ret)
{
	end_whole_copy(nodes, (__u64)nmask, ret);
	return 0;
}

/* Named for the parameters that are the masks. */
int use_2_3(struct pt_regs *ctx)
{
	begin_use((void *)PT_REGS_PARM2(ctx), (void *)PT_REGS_PARM3(ctx));
	return 0;
}

int use_3(struct pt_regs *ctx)
{
	begin_use((void *)PT_REGS_PARM3(ctx), NULL);
	return 0;
}

int use_5(struct pt_regs *ctx)
{
	begin_use((void *)PT_REGS_PARM5(ctx), NULL);
	return 0;
}

int exit_return(struct pt_regs *ctx)
{
	end_call(PT_REGS_RC(ctx));
	return 0;
}

KRETFUNC_PROBE(exit, const struct pt_regs *regs, long ret)
{
	end_call(ret);
	return 0;
}

int fault_held(struct pt_regs *ctx)
{
	hold_fault();
	return 0;
}
