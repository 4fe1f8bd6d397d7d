/* Programs that do nothing, at the places of kprobe.bpf.c: the floor that bench measures from. */
#include <uapi/linux/ptrace.h>

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

KRETFUNC_PROBE(copy, void *nodes)
{
	return 0;
}

int use_2_3(struct pt_regs *ctx)
{
	return 0;
}

int use_3(struct pt_regs *ctx)
{
	return 0;
}

int use_5(struct pt_regs *ctx)
{
	return 0;
}

int use_filename_2(struct pt_regs *ctx)
{
	return 0;
}

int use_address_2_3(struct pt_regs *ctx)
{
	return 0;
}

int exit_return(struct pt_regs *ctx)
{
	return 0;
}

KRETFUNC_PROBE(exit, const struct pt_regs *regs)
{
	return 0;
}
