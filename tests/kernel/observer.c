/* An agent that reads a call's path or address out of user memory at its tracepoints, as many do. */
#include <uapi/linux/ptrace.h>

#define PAGE 4096
#define MOST 128

struct told {
	u64 at;
	u32 tid; /* root namespace */
	u32 address; /* 1: connect; 0: openat */
	u32 exit;
	u32 bytes; /* how many could be read; of a path with the byte that ends it */
	u32 partly; /* it was read up to its page's end: no more could be */
	u32 reserved;
	char content[MOST];
};

struct asked {
	u64 pointer;
	u32 bytes;
};

BPF_HASH(under_way, u64, struct asked);
BPF_PERCPU_ARRAY(room, struct told, 1);
BPF_PERF_OUTPUT(looks);

static void look(void *context, u32 address, u32 exit, struct asked *asked)
{
	int zero = 0;
	struct told *told = room.lookup(&zero);
	u32 rest = PAGE - (asked->pointer & (PAGE - 1)), bytes = asked->bytes;
	long got;

	if (!told)
		return;
	__builtin_memset(told, 0, sizeof(*told));
	told->at = bpf_ktime_get_boot_ns();
	told->tid = bpf_get_current_pid_tgid();
	told->address = address;
	told->exit = exit;
	if (address) {
		if (bytes > MOST)
			bytes = MOST;
		got = bpf_probe_read_user(told->content, bytes, (void *)asked->pointer);
		if (!got)
			got = bytes;
	} else {
		got = bpf_probe_read_user_str(told->content, MOST, (void *)asked->pointer);
	}
	if (got < 0) {
		told->partly = 1;
		if (rest > MOST)
			rest = MOST;
		got = bpf_probe_read_user(told->content, rest, (void *)asked->pointer) ? 0 : rest;
	}
	told->bytes = got;
	looks.perf_submit(context, told, sizeof(*told));
}

static void begin(void *context, u32 address, u64 pointer, u32 bytes)
{
	u64 task = bpf_get_current_pid_tgid();
	struct asked asked = {};

	asked.pointer = pointer;
	asked.bytes = bytes;
	under_way.update(&task, &asked);
	look(context, address, 0, &asked);
}

static void end(void *context, u32 address)
{
	u64 task = bpf_get_current_pid_tgid();
	struct asked *found = under_way.lookup(&task), asked;

	if (!found)
		return;
	asked = *found;
	under_way.delete(&task);
	look(context, address, 1, &asked);
}

TRACEPOINT_PROBE(syscalls, sys_enter_openat)
{
	begin(args, 0, (u64)args->filename, 0);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_openat)
{
	end(args, 0);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_connect)
{
	begin(args, 1, (u64)args->uservaddr, args->addrlen);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_connect)
{
	end(args, 1);
	return 0;
}
