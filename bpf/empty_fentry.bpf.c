/* Programs that do nothing, at the places of fentry.bpf.c: the floor that bench measures from. */
#include <uapi/linux/ptrace.h>

KFUNC_PROBE(entry_x86_64, const struct pt_regs *regs)
{
	return 0;
}

KFUNC_PROBE(entry_i386, const struct pt_regs *regs)
{
	return 0;
}

KRETFUNC_PROBE(copy, void *nodes)
{
	return 0;
}

KFUNC_PROBE(use_2_3, __u64 first)
{
	return 0;
}

KFUNC_PROBE(use_3, __u64 first)
{
	return 0;
}

KFUNC_PROBE(use_5, __u64 first)
{
	return 0;
}

KRETFUNC_PROBE(exit, const struct pt_regs *regs)
{
	return 0;
}
