/* The ladder by fentry and fexit: cheaper than kprobes, and no return is limited by a pool.
 *
 * A program that is preempted by itself on one CPU is skipped: the kernel counts it
 * (recursion_misses), and it is a loss like any other.
 */
#define TOCTRACE_PREEMPTIBLE
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/pid_namespace.h>
struct mm_struct; /* linux/nodemask.h wants it declared */
struct vm_fault;
#include <linux/nodemask.h>

#include "ladder.h"

KFUNC_PROBE(__x64_sys_migrate_pages, const struct pt_regs *regs)
{
	enter_x86_64(regs);
	return 0;
}

KRETFUNC_PROBE(__x64_sys_migrate_pages, const struct pt_regs *regs, long ret)
{
	end_call(ret);
	return 0;
}

KFUNC_PROBE(__ia32_sys_migrate_pages, const struct pt_regs *regs)
{
	enter_i386(regs);
	return 0;
}

KRETFUNC_PROBE(__ia32_sys_migrate_pages, const struct pt_regs *regs, long ret)
{
	end_call(ret);
	return 0;
}

KFUNC_PROBE(get_nodes, nodemask_t *nodes, const unsigned long *nmask, unsigned long maxnode)
{
	begin_copy((__u64)nodes);
	return 0;
}

KRETFUNC_PROBE(get_nodes, nodemask_t *nodes, const unsigned long *nmask, unsigned long maxnode,
	       int ret)
{
	end_copy(ret);
	return 0;
}

KFUNC_PROBE(do_migrate_pages, struct mm_struct *mm, const nodemask_t *from, const nodemask_t *to)
{
	begin_use(from, to);
	return 0;
}

KFUNC_PROBE(handle_userfault, struct vm_fault *fault)
{
	hold_fault();
	return 0;
}
