/* Who writes a word: at watchpoints, and on the ways by which other processes write memory.
 *
 * Loaded with --name-writer alone. User space puts a watchpoint on a word in every thread that can
 * store to it, and names the word in `watched` for the writes that trip no watchpoint.
 */
#include <uapi/linux/ptrace.h>

#include "writer.h"
#include "fields.h"
#include "user_memory.h"

#define FOLL_WRITE 0x01 /* include/linux/mm_types.h, and mm.h before 5.17 */
#define NR_PTRACE 101	/* arch/x86/entry/syscalls/syscall_64.tbl */
#define NR_PTRACE_I386 26 /* arch/x86/entry/syscalls/syscall_32.tbl */
#define NR_PROCESS_VM_WRITEV 311
#define NR_PROCESS_VM_WRITEV_I386 348
#define USER_CS_I386 0x23
#define MOST_VECTORS 16
#define PAGE_BYTES 4096

/* struct bpf_perf_event_data of include/uapi/linux/bpf_perf_event.h, whose own header brings in the
 * kernel's. */
struct tripped {
	struct pt_regs regs;
	__u64 sample_period;
	__u64 address; /* that is watched (kernel/events/core.c: perf_bp_event) */
};

/* struct iovec of include/uapi/linux/uio.h */
struct vector {
	__u64 address;
	__u64 bytes;
};

/* The remote vectors of a process_vm_writev() that is under way: the kernel's own copy. */
struct vectors {
	__u64 first;
	__u64 count;
};

BPF_HASH(watched, __u32, struct toctrace_watched, TOCTRACE_WATCHED);
BPF_HASH(writes, struct toctrace_write, struct toctrace_hits, TOCTRACE_WRITES);
BPF_PERCPU_ARRAY(counters, __u64, TOCTRACE_WRITER_COUNTERS);
BPF_RINGBUF_OUTPUT(writers, TOCTRACE_WRITER_RING_PAGES);
BPF_TASK_STORAGE(remote, struct vectors);

static __always_inline void count(__u32 counter)
{
	__u64 *value = counters.lookup(&counter);

	if (value)
		__sync_fetch_and_add(value, 1);
}

/* Tell of a writer, once; the hash keeps count from then on. */
static __always_inline void tell(void *ctx, const struct toctrace_write *write, __u64 now)
{
	struct toctrace_writer *w = writers.ringbuf_reserve(sizeof(*w));
	long bytes;

	if (!w) {
		count(TOCTRACE_WRITER_RING_FULL);
		return;
	}
	w->version = TOCTRACE_WRITER_VERSION;
	w->reserved = 0;
	w->write = *write;
	w->time_ns = now;
	w->start_ns = READ_FIELD(__u64, bpf_get_current_task(), TASK_STRUCT__START_BOOTTIME);
	w->word = 0;
	if (write->way == TOCTRACE_WATCHPOINT || write->way == TOCTRACE_IN_KERNEL)
		probe_read_user(&w->word, sizeof(w->word), (void *)write->address);
	bpf_get_current_comm(w->comm, sizeof(w->comm));
	bytes = bpf_get_stack(ctx, w->stack, sizeof(w->stack), BPF_F_USER_STACK);
	w->frames = bytes > 0 ? bytes / sizeof(__u64) : 0;
	writers.ringbuf_submit(w, 0);
}

/* The innermost user address: behind the instruction, or behind the system call's. */
static __always_inline __u64 user_ip(void *ctx)
{
	__u64 ip = 0;

	bpf_get_stack(ctx, &ip, sizeof(ip), BPF_F_USER_STACK);
	return ip;
}

static __always_inline void wrote(void *ctx, __u32 owner, __u64 address, __u32 way)
{
	__u64 ids = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_boot_ns();
	struct toctrace_write write = {
		.address = address,
		.ip = user_ip(ctx),
		.owner = owner,
		.tgid = ids >> 32,
		.tid = ids,
		.way = way,
	};
	struct toctrace_hits first = {.count = 1, .last_ns = now};
	struct toctrace_hits *hits = writes.lookup(&write);

	if (hits) {
		__sync_fetch_and_add(&hits->count, 1);
		hits->last_ns = now;
		return;
	}
	if (writes.update(&write, &first)) {
		count(TOCTRACE_WRITES_FULL);
		return;
	}
	tell(ctx, &write, now);
}

/* A watchpoint was tripped. */
int watchpoint(struct tripped *ctx)
{
	__u32 way = (__s64)PT_REGS_IP(&ctx->regs) < 0 ? TOCTRACE_IN_KERNEL : TOCTRACE_WATCHPOINT;

	wrote(ctx, bpf_get_current_pid_tgid() >> 32, ctx->address, way);
	return 0;
}

static __always_inline bool overlap(__u64 a, __u64 a_bytes, __u64 b, __u64 b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

/* What is watched in an address space that is about to be written, and by whom that is owned
 * (mm_struct.owner, with CONFIG_MEMCG); NULL: nothing, or it is only read. */
static __always_inline struct toctrace_watched *watched_in(__u64 mm, __u64 gup_flags, __u32 *owner)
{
	__u64 task;

	if (!(gup_flags & FOLL_WRITE))
		return 0;
	task = READ_FIELD(__u64, mm, MM_STRUCT__OWNER);
	*owner = task ? READ_FIELD(__u32, task, TASK_STRUCT__TGID) : 0;
	return watched.lookup(owner);
}

/* Which system call the current task is in; those of 32-bit callers have numbers of their own. */
static __always_inline __u64 system_call(bool *i386)
{
	struct pt_regs regs = {};

	bpf_probe_read_kernel(&regs, sizeof(regs),
			      (void *)bpf_task_pt_regs(bpf_get_current_task_btf()));
	*i386 = regs.cs == USER_CS_I386;
	return regs.orig_ax;
}

/* ptrace(POKEDATA) and writes to /proc/PID/mem (mm/memory.c: __access_remote_vm). */
int remote_access(struct pt_regs *ctx)
{
	__u64 address = PT_REGS_PARM2(ctx), bytes = (__u32)PT_REGS_PARM4(ctx), call;
	__u32 owner = 0, way;
	struct toctrace_watched *w = watched_in(PT_REGS_PARM1(ctx), PT_REGS_PARM5(ctx), &owner);
	bool i386;

	if (!w)
		return 0;
	call = system_call(&i386);
	way = call == (i386 ? NR_PTRACE_I386 : NR_PTRACE) ? TOCTRACE_PTRACE : TOCTRACE_PROC_MEM;
	for (int i = 0; i < TOCTRACE_WATCHED_WORDS; i++)
		if (w->length[i] && overlap(address, bytes, w->address[i], w->length[i]))
			wrote(ctx, owner, w->address[i], way);
	return 0;
}

/* process_vm_writev() begins (mm/process_vm_access.c: process_vm_rw_core): its third argument is
 * the kernel's copy of the remote vectors, which nobody can change any more. */
int remote_vectors(struct pt_regs *ctx)
{
	struct vectors *v = remote.task_storage_get(bpf_get_current_task_btf(), 0,
						    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (v) {
		v->first = PT_REGS_PARM3(ctx);
		v->count = PT_REGS_PARM4(ctx);
	}
	return 0;
}

static __always_inline bool written_by(struct vectors *v, __u64 address, __u64 length)
{
	for (int i = 0; i < MOST_VECTORS; i++) {
		struct vector one = {};

		if (i >= v->count)
			return false;
		if (bpf_probe_read_kernel(&one, sizeof(one), (struct vector *)v->first + i))
			return true; /* not to be told: better named than missed */
		if (overlap(one.address, one.bytes, address, length))
			return true;
	}
	return true;
}

/* Its pages are taken (mm/gup.c: pin_user_pages_remote), which tells whose memory it is. */
int remote_pages(struct pt_regs *ctx)
{
	__u64 start = PT_REGS_PARM2(ctx), bytes = PT_REGS_PARM3(ctx) * PAGE_BYTES, call;
	__u32 owner = 0;
	struct toctrace_watched *w = watched_in(PT_REGS_PARM1(ctx), PT_REGS_PARM4(ctx), &owner);
	struct vectors *v;
	bool i386;

	if (!w)
		return 0;
	call = system_call(&i386);
	if (call != (i386 ? NR_PROCESS_VM_WRITEV_I386 : NR_PROCESS_VM_WRITEV))
		return 0;
	v = remote.task_storage_get(bpf_get_current_task_btf(), 0, 0);
	for (int i = 0; i < TOCTRACE_WATCHED_WORDS; i++)
		if (w->length[i] && overlap(start, bytes, w->address[i], w->length[i]) &&
		    (!v || written_by(v, w->address[i], w->length[i])))
			wrote(ctx, owner, w->address[i], TOCTRACE_PROCESS_VM_WRITEV);
	return 0;
}
