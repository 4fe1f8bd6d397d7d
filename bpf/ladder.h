/* The whole ladder of stages of migrate_pages, by programs at the kernel's functions. */
#ifndef TOCTRACE_LADDER_H
#define TOCTRACE_LADDER_H

#include "call.h"

#define X32_SYSCALL_BIT 0x40000000
#define NODEMASK_BYTES (MAX_NUMNODES / 8)

/* A mask in the kernel's memory. */
static __always_inline void read_kernel_mask(struct toctrace_content *c, __u8 argument,
					     const void *mask, __u32 bits, __u8 word)
{
	clear_content(c, argument);
	c->bits = bits;
	c->word = word;
	c->length = NODEMASK_BYTES;
	c->head = NODEMASK_BYTES;
	c->head_error = bpf_probe_read_kernel(c->data, NODEMASK_BYTES, mask);
}

static __always_inline void read_cpuset(struct toctrace_content *c)
{
	__u64 mems_allowed = bpf_get_current_task() + TASK_STRUCT__MEMS_ALLOWED;

	read_kernel_mask(c, TOCTRACE_CPUSET, (void *)mems_allowed, MAX_NUMNODES, 8);
}

static __always_inline void enter_x86_64(const struct pt_regs *user)
{
	struct pt_regs regs = {};
	struct call *call = begin_call();
	struct toctrace_snapshot *s;

	if (!call)
		return;
	bpf_probe_read_kernel(&regs, sizeof(regs), user);
	s = &call->at[SLOT_ENTRY];
	/* in_compat_syscall() holds for x32 too, which enters here: words of 4 bytes */
	s->abi = regs.orig_ax & X32_SYSCALL_BIT ? TOCTRACE_I386 : TOCTRACE_X86_64;
	s->args[0] = regs.di;
	s->args[1] = regs.si;
	s->args[2] = regs.dx;
	s->args[3] = regs.r10;
	s->args[4] = regs.r8;
	s->args[5] = regs.r9;
	enter(call);
}

static __always_inline void enter_i386(const struct pt_regs *user)
{
	struct pt_regs regs = {};
	struct call *call = begin_call();
	struct toctrace_snapshot *s;

	if (!call)
		return;
	bpf_probe_read_kernel(&regs, sizeof(regs), user);
	s = &call->at[SLOT_ENTRY];
	s->abi = TOCTRACE_I386;
	s->args[0] = (__u32)regs.bx;
	s->args[1] = (__u32)regs.cx;
	s->args[2] = (__u32)regs.dx;
	s->args[3] = (__u32)regs.si;
	s->args[4] = (__u32)regs.di;
	s->args[5] = (__u32)regs.bp;
	enter(call);
}

/* get_nodes() begins: the first one copies old, the second one new. Its beginnings are counted, as
 * the addresses may be equal and a missed return would shift one onto the other. */
static __always_inline void begin_copy(__u64 destination)
{
	struct call *call = current_call();

	if (!call)
		return;
	call->destination = destination;
	call->copies_begun++;
}

static __always_inline void take_copy(struct call *call, __u32 slot, __u8 argument, long returned)
{
	const struct toctrace_snapshot *entry = &call->at[SLOT_ENTRY];
	struct toctrace_snapshot *s = begin_snapshot(call, slot, TOCTRACE_COPY);

	s->returned = returned;
	read_kernel_mask(&s->content[0], argument, (void *)call->destination, MAX_NUMNODES,
			 word_of(call));
	s->content[0].address = entry->args[argument];
	read_cpuset(&s->content[1]);
	pass(call, slot, !returned && whole(&s->content[0]) && whole(&s->content[1]) &&
	     same_bits(&s->content[0], &entry->content[argument - OLD_NODES]));
}

static __always_inline void end_copy(long returned)
{
	struct call *call = current_call();
	__u32 nth;

	if (!call)
		return;
	nth = call->copies_begun;
	if (nth == 1) {
		call->copies_returned |= 1;
		take_copy(call, SLOT_COPY_OLD, OLD_NODES, returned);
	} else if (nth == 2) {
		call->copies_returned |= 2;
		take_copy(call, SLOT_COPY_NEW, NEW_NODES, returned);
	}
}

static __always_inline bool use_is_explained(struct call *call, const struct toctrace_snapshot *use)
{
	const struct toctrace_content *old = &call->at[SLOT_COPY_OLD].content[0];
	const struct toctrace_content *new = &call->at[SLOT_COPY_NEW].content[0];

	if (!is_alike(call, SLOT_COPY_OLD) || !is_alike(call, SLOT_COPY_NEW) ||
	    is_alike(call, SLOT_USE))
		return false;
	if (!whole_masks(use) || !whole(&use->content[2]) || !same_bits(old, &use->content[0]))
		return false;
	return same_bits(new, &use->content[1]) ||
	       narrowed(new, &use->content[1], &use->content[2]);
}

static __always_inline void begin_use(const void *from, const void *to)
{
	struct call *call = current_call();
	struct toctrace_snapshot *s;

	if (!call) {
		if (READ_FIELD(__u32, bpf_get_current_task(), TASK_STRUCT__FLAGS) & PF_KTHREAD)
			count(TOCTRACE_USE_BY_KERNEL);
		else if (entered_before_attaching())
			/* such a call comes by no trampoline's return, only by here */
			count(TOCTRACE_CUT_BY_START);
		return;
	}
	if (is_held(call, SLOT_USE))
		open_gate(call); /* a second use: let the first one out before its slot is taken */
	s = begin_snapshot(call, SLOT_USE, TOCTRACE_USE);
	read_kernel_mask(&s->content[0], OLD_NODES, from, MAX_NUMNODES, 8);
	read_kernel_mask(&s->content[1], NEW_NODES, to, MAX_NUMNODES, 8);
	read_cpuset(&s->content[2]);
	pass(call, SLOT_USE, use_is_explained(call, s));
}

/* Whether the call's stages are those that its return value tells of, both masks copied. */
static __always_inline bool is_complete(struct call *call, long returned)
{
	return call->copies_begun == 2 && call->copies_returned == BOTH_COPIES &&
	       (returned < 0 || is_alike(call, SLOT_USE));
}

static __always_inline void end_call(long returned)
{
	struct call *call = ending_call();

	if (call)
		leave(call, returned, is_complete(call, returned));
}

/* fs/userfaultfd.c handle_userfault(): a page that this task needs is in somebody else's hands. */
static __always_inline void hold_fault(void)
{
	struct call *call = current_call();

	if (!call)
		return;
	call->flags |= TOCTRACE_FAULT_HELD;
	call->unlike = 1;
	open_gate(call);
}

#endif
