/* Programs that do nothing, at the places of fentry.bpf.c: the floor that bench measures from. */
#include <uapi/linux/ptrace.h>
#include <linux/types.h>
struct mm_struct; /* linux/nodemask.h wants it declared */
#include <linux/nodemask.h>

KFUNC_PROBE(__x64_sys_migrate_pages, const struct pt_regs *regs)
{
	return 0;
}

KRETFUNC_PROBE(__x64_sys_migrate_pages, const struct pt_regs *regs, long ret)
{
	return 0;
}

KFUNC_PROBE(__ia32_sys_migrate_pages, const struct pt_regs *regs)
{
	return 0;
}

KRETFUNC_PROBE(__ia32_sys_migrate_pages, const struct pt_regs *regs, long ret)
{
	return 0;
}

KFUNC_PROBE(get_nodes, nodemask_t *nodes, const unsigned long *nmask, unsigned long maxnode)
{
	return 0;
}

KRETFUNC_PROBE(get_nodes, nodemask_t *nodes, const unsigned long *nmask, unsigned long maxnode,
	       int ret)
{
	return 0;
}

KFUNC_PROBE(do_migrate_pages, struct mm_struct *mm, const nodemask_t *from, const nodemask_t *to)
{
	return 0;
}
