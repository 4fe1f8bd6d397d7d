/* Programs that do nothing, at the places of tracepoint.bpf.c: the floor that bench measures from. */
#include <uapi/linux/ptrace.h>

int sys_enter(void *ctx)
{
	return 0;
}

int sys_exit(void *ctx)
{
	return 0;
}
