/* Programs that do nothing, at the places of kprobe.bpf.c: the floor that bench measures from. */
#include <uapi/linux/ptrace.h>
#include <linux/types.h>
struct mm_struct; /* linux/nodemask.h wants it declared */
#include <linux/nodemask.h>

int entry_x86_64(struct pt_regs *ctx)
{
	return 0;
}

int entry_i386(struct pt_regs *ctx)
{
	return 0;
}

int copy(struct pt_regs *ctx)
{
	return 0;
}

int copy_return(struct pt_regs *ctx)
{
	return 0;
}

KRETFUNC_PROBE(get_nodes, nodemask_t *nodes, const unsigned long *nmask, unsigned long maxnode,
	       int ret)
{
	return 0;
}

int use(struct pt_regs *ctx)
{
	return 0;
}

int exit_return(struct pt_regs *ctx)
{
	return 0;
}

KRETFUNC_PROBE(__x64_sys_migrate_pages, const struct pt_regs *regs, long ret)
{
	return 0;
}

KRETFUNC_PROBE(__ia32_sys_migrate_pages, const struct pt_regs *regs, long ret)
{
	return 0;
}
