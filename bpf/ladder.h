/* The whole ladder of stages of a call, by programs at the kernel's functions. */
#ifndef TOCTRACE_LADDER_H
#define TOCTRACE_LADDER_H

#include "stages.h"
#include "kernel_mask.h"

#define X32_SYSCALL_BIT 0x40000000

/* The first and the last register in which a call of either ABI has its arguments or its number: what
 * lies before and after stays unset. Of the number the upper half means nothing: the kernel calls by the
 * lower one (arch/x86/entry/common.c). */
#define FIRST_REGISTER offsetof(struct pt_regs, bp)
#define LAST_REGISTER offsetof(struct pt_regs, orig_ax)

static __always_inline void read_registers(struct pt_regs *regs, const void *user)
{
	bpf_probe_read_kernel(&regs->bp, LAST_REGISTER + sizeof(regs->orig_ax) - FIRST_REGISTER,
			      user + FIRST_REGISTER);
}

/* A call's arguments, in the order in which the kernel's entry for its ABI takes them. */
static __always_inline void take_x86_64(__u64 *args, const struct pt_regs *regs)
{
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}

static __always_inline void take_i386(__u64 *args, const struct pt_regs *regs)
{
	args[0] = (__u32)regs->bx;
	args[1] = (__u32)regs->cx;
	args[2] = (__u32)regs->dx;
	args[3] = (__u32)regs->si;
	args[4] = (__u32)regs->di;
	args[5] = (__u32)regs->bp;
}

static __always_inline void enter_x86_64(const void *user)
{
	struct toctrace_layout *layout;
	struct toctrace_snapshot *s;
	struct pt_regs regs;
	struct call *call;
	__u32 number;

	read_registers(&regs, user);
	number = regs.orig_ax;
	layout = layout_of(number & ~X32_SYSCALL_BIT, TOCTRACE_X86_64);
	if (!layout)
		return;
	call = begin_call(layout);
	if (!call)
		return;
	s = &call->at[SLOT_ENTRY];
	/* in_compat_syscall() holds for x32 too, which enters here: words of 4 bytes */
	s->abi = number & X32_SYSCALL_BIT ? TOCTRACE_I386 : TOCTRACE_X86_64;
	take_x86_64(s->args, &regs);
	enter(call);
}

static __always_inline void enter_i386(const void *user)
{
	struct toctrace_layout *layout;
	struct toctrace_snapshot *s;
	struct pt_regs regs;
	struct call *call;

	read_registers(&regs, user);
	layout = layout_of(regs.orig_ax, TOCTRACE_I386);
	if (!layout)
		return;
	call = begin_call(layout);
	if (!call)
		return;
	s = &call->at[SLOT_ENTRY];
	s->abi = TOCTRACE_I386;
	take_i386(s->args, &regs);
	enter(call);
}

/* The call that this task is in, if get_nodes() copies its arguments: one whose exit was missed may be
 * of another kind. */
static __always_inline struct call *call_with_masks(void)
{
	struct call *call = current_call();

	return call && !call->layout.exact ? call : NULL;
}

/* get_nodes() begins: the calls that it serves copy their masks in the layout's order. Its
 * beginnings are counted, as the addresses may be equal and a missed return would shift one mask
 * onto the other. */
static __always_inline void begin_copy(__u64 destination)
{
	struct call *call = call_with_masks();

	if (!call)
		return;
	call->destination = destination;
	call->copies_begun++;
}

/* Take a copy, but for its nodes. `nth` is a constant, and so is the slot. */
static __always_inline struct toctrace_snapshot *begin_copied(struct call *call, __u32 nth,
							      long returned)
{
	struct toctrace_snapshot *s = begin_snapshot(call, SLOT_COPY + nth, TOCTRACE_COPY);

	call->copies_returned |= 1 << nth;
	s->returned = returned;
	begin_kernel_mask(&s->content[0], call->layout.position[nth], word_of(call));
	s->content[0].address = call->address[nth];
	load_cpuset(&s->content[1]);
	return s;
}

static __always_inline void pass_copied(struct call *call, __u32 nth)
{
	const struct toctrace_snapshot *entry = &call->at[SLOT_ENTRY];
	const struct toctrace_snapshot *s = &call->at[SLOT_COPY + nth];

	pass(call, SLOT_COPY + nth, !s->returned && whole(&s->content[0]) &&
	     whole(&s->content[1]) && same_bits(&s->content[0], &entry->content[nth]));
}

static __always_inline void read_copied(struct call *call, __u32 nth, long returned)
{
	struct toctrace_snapshot *s = begin_copied(call, nth, returned);

	read_nodes(&s->content[0], (void *)call->destination);
	pass_copied(call, nth);
}

static __always_inline void load_copied(struct call *call, __u32 nth, const void *nodes,
					long returned)
{
	struct toctrace_snapshot *s = begin_copied(call, nth, returned);

	load_nodes(&s->content[0], nodes);
	pass_copied(call, nth);
}

/* get_nodes() ends; where it began was seen. */
static __always_inline void end_copy(long returned)
{
	struct call *call = call_with_masks();

	if (!call)
		return;
	if (call->copies_begun == 1)
		read_copied(call, 0, returned);
	else if (call->copies_begun == 2 && has_two(call))
		read_copied(call, 1, returned);
}

/* Which mask of the call was copied from `source`, counted from 1; 0: none. Each is copied once: what
 * comes later is another call's, of a task whose exit was missed. */
static __always_inline __u32 number_of_copy(const struct call *call, __u64 source)
{
	__u32 left = all_masks(call) & ~call->copies_returned;

	if ((left & 1) && source == call->address[0])
		return 1;
	if ((left & 2) && source == call->address[1])
		return 2;
	/* 32-bit masks were laid out anew elsewhere, one after the other, before 5.15 (until commit
	 * e130242dc351) */
	if (call->at[SLOT_ENTRY].abi == TOCTRACE_I386 && call->copies_begun < call->layout.masks)
		return call->copies_begun + 1;
	return 0;
}

/* get_nodes() ends, at a program that is given its parameters: where it began need not be seen, and a
 * return that was missed does not shift one mask onto the other. */
static __always_inline void end_whole_copy(const void *nodes, __u64 source, long returned)
{
	struct call *call = call_with_masks();
	__u32 number;

	if (!call)
		return;
	number = number_of_copy(call, source);
	if (number)
		call->copies_begun = number;
	if (number == 1)
		load_copied(call, 0, nodes, returned);
	else if (number == 2 && has_two(call))
		load_copied(call, 1, nodes, returned);
}

/* Whether a mask's use is what its copy comes to; a constant says which mask. */
static __always_inline bool mask_is_explained(struct call *call, __u32 nth,
					      const struct toctrace_content *use,
					      const struct toctrace_content *cpuset)
{
	const struct toctrace_content *copy = &call->at[SLOT_COPY + nth].content[0];

	if (!is_alike(call, SLOT_COPY + nth) || !whole(use) || !whole(cpuset))
		return false;
	if (same_bits(copy, use))
		return true;
	return (call->layout.narrowed & (1 << nth)) && narrowed(copy, use, cpuset);
}

static __always_inline bool use_is_explained(struct call *call, const struct toctrace_snapshot *use)
{
	if (is_alike(call, SLOT_USE))
		return false;
	if (!has_two(call))
		return mask_is_explained(call, 0, &use->content[0], &use->content[1]);
	return mask_is_explained(call, 0, &use->content[0], &use->content[2]) &&
	       mask_is_explained(call, 1, &use->content[1], &use->content[2]);
}

static __always_inline void read_use(struct toctrace_content *c, __u8 argument, const void *nodes)
{
	begin_kernel_mask(c, argument, 8);
	read_nodes(c, nodes);
}

/* The kernel acts on its masks; `second` is NULL where it has but one. */
static __always_inline void begin_use(const void *first, const void *second)
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
	read_use(&s->content[0], call->layout.position[0], first);
	if (has_two(call)) {
		read_use(&s->content[1], call->layout.position[1], second);
		load_cpuset(&s->content[2]);
	} else {
		load_cpuset(&s->content[1]);
	}
	pass(call, SLOT_USE, use_is_explained(call, s));
}

/* Whether the call's stages are those that its return value tells of, every mask copied. */
static __always_inline bool is_complete(struct call *call, long returned)
{
#ifdef TOCTRACE_EXACTS
	if (call->layout.exact)
		return returned < 0 || is_used(call);
#endif
	return call->copies_begun == call->layout.masks &&
	       call->copies_returned == all_masks(call) &&
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
