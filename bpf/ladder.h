/* The whole ladder of stages of a call, by programs at the kernel's functions. */
#ifndef TOCTRACE_LADDER_H
#define TOCTRACE_LADDER_H

#include "stages.h"

#define X32_SYSCALL_BIT 0x40000000
#define NODEMASK_BYTES (MAX_NUMNODES / 8)

/* A mask in the kernel's memory. What cannot be read is made zeros by the helper. */
static __always_inline void read_kernel_mask(struct toctrace_content *c, __u8 argument,
					     const void *mask, __u32 bits, __u8 word)
{
	begin_content(c, argument);
	c->bits = bits;
	c->word = word;
	c->length = NODEMASK_BYTES;
	c->head = NODEMASK_BYTES;
	c->head_error = bpf_probe_read_kernel(c->data, NODEMASK_BYTES, mask);
	if (NODEMASK_BYTES < TOCTRACE_MASK_BYTES)
		__builtin_memset(c->data + NODEMASK_BYTES, 0, TOCTRACE_MASK_BYTES - NODEMASK_BYTES);
}

static __always_inline void read_cpuset(struct toctrace_content *c)
{
	__u64 mems_allowed = bpf_get_current_task() + TASK_STRUCT__MEMS_ALLOWED;

	read_kernel_mask(c, TOCTRACE_CPUSET, (void *)mems_allowed, MAX_NUMNODES, 8);
}

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

/* `nth` is a constant, and so is the slot. */
static __always_inline void take_copy(struct call *call, __u32 nth, long returned)
{
	const struct toctrace_snapshot *entry = &call->at[SLOT_ENTRY];
	struct toctrace_snapshot *s = begin_snapshot(call, SLOT_COPY + nth, TOCTRACE_COPY);

	call->copies_returned |= 1 << nth;
	s->returned = returned;
	read_kernel_mask(&s->content[0], call->layout.position[nth], (void *)call->destination,
			 MAX_NUMNODES, word_of(call));
	s->content[0].address = call->address[nth];
	read_cpuset(&s->content[1]);
	pass(call, SLOT_COPY + nth, !returned && whole(&s->content[0]) && whole(&s->content[1]) &&
	     same_bits(&s->content[0], &entry->content[nth]));
}

static __always_inline void take_latest_copy(struct call *call, long returned)
{
	if (call->copies_begun == 1)
		take_copy(call, 0, returned);
	else if (call->copies_begun == 2 && has_two(call))
		take_copy(call, 1, returned);
}

/* get_nodes() ends; where it began was seen. */
static __always_inline void end_copy(long returned)
{
	struct call *call = call_with_masks();

	if (call)
		take_latest_copy(call, returned);
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
static __always_inline void end_whole_copy(__u64 destination, __u64 source, long returned)
{
	struct call *call = call_with_masks();
	__u32 number;

	if (!call)
		return;
	number = number_of_copy(call, source);
	if (!number)
		return;
	call->copies_begun = number;
	call->destination = destination;
	take_latest_copy(call, returned);
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
	read_kernel_mask(&s->content[0], call->layout.position[0], first, MAX_NUMNODES, 8);
	if (has_two(call)) {
		read_kernel_mask(&s->content[1], call->layout.position[1], second, MAX_NUMNODES, 8);
		read_cpuset(&s->content[2]);
	} else {
		read_cpuset(&s->content[1]);
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
