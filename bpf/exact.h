/* Calls whose use has the kernel's copy as it is: paths, socket addresses, arrays. Entry, use, exit.
 *
 * They are hot, and reads that are denied at the entry are common and honest there (the first touch
 * of a constant in a program's file): such a look counts only where somebody else can change or serve
 * the page.
 */
#ifndef TOCTRACE_EXACT_H
#define TOCTRACE_EXACT_H

#include "call.h"
#include "texts.h"
#include "pieces.h"

#define VM_SHARED 0x8
#define VM_MAYWRITE 0x20
#define FUSE_SUPER_MAGIC 0x65735546

/* Begin the snapshot of a slot of texts: each has a number of its own. */
static __always_inline struct toctrace_snapshot *begin_texts(struct call *call, struct texts *t,
							     __u32 slot, __u8 stage)
{
	struct toctrace_snapshot *s = begin_snapshot(call, slot, stage);

	s->contents = TOCTRACE_TEXT;
	if (has_first(call, slot) && has_second(call, slot))
		call->sequence++;
	t->slot = slot;
	return s;
}

static __always_inline void read_argument(struct call *call, struct text_record *r, __u32 nth)
{
	read_user_text(&r->text, call->layout.position[nth], call->layout.form[nth],
		       call->address[nth], call->maxnode[nth], word_of(call));
}

static __always_inline void enter_exact(struct call *call)
{
	struct toctrace_snapshot *s = &call->at[SLOT_ENTRY];
	struct texts *t = current_texts();

	if (!t) {
		call->number = 0; /* never: has_room() made it */
		return;
	}
	begin_texts(call, t, SLOT_ENTRY, TOCTRACE_ENTRY);
	t->slot = SLOTS; /* the entry's own are in first[] */
	t->used = 0;
	t->blind = 0;
	t->mm = READ_FIELD(__u64, bpf_get_current_task(), TASK_STRUCT__MM);
	begin_arguments(call, s);
	begin_pieces(call);
	read_argument(call, &t->first[0], 0);
	t->denied[0] = 0;
	t->blind |= t->first[0].text.error;
	if (has_two(call)) {
		read_argument(call, &t->first[1], 1);
		t->denied[1] = 0;
		t->blind |= t->first[1].text.error;
	}
	/* a look that was denied is weighed by what follows */
	pass(call, SLOT_ENTRY, true);
}

/* Whether a later look is the entry's, or the first that was not denied: it is then kept in its place.
 */
static __always_inline bool is_explained(struct texts *t, __u32 nth, bool foreign)
{
	struct toctrace_text *first = &t->first[nth].text, *later = &t->later[nth].text;

	if (!is_denied(first))
		return same_texts(first, later);
	if (is_denied(later))
		return true;
	if (foreign || later->error)
		return false;
	t->denied[nth] = first->error;
	bpf_probe_read_kernel(first, sizeof(*first), later);
	return true;
}

/* One argument as the kernel has it. */
struct used_text {
	__u64 from;
	__u32 bytes; /* of a socket address */
};

/* `replaces`, a constant: of calls that put another program in the caller's place, and of no others. */
static __always_inline void begin_exact_use(struct used_text one, struct used_text two, bool replaces)
{
	struct call *call = current_call();
	struct texts *t;
	bool foreign, same;

	if (!call || !call->layout.exact)
		return;
	if (replaces != !!(call->layout.exact & TOCTRACE_NO_EXIT_LOOK))
		return;
	t = current_texts();
	/* what the kernel opens of its own in a call comes later: an interpreter, a helper's file */
	if (!t || t->used)
		return;
	t->used = 1;
	begin_texts(call, t, SLOT_USE, TOCTRACE_USE);
	foreign = call->flags & TOCTRACE_FAULT_FOREIGN;
	read_kernel_text(&t->later[0].text, call->layout.position[0], call->layout.form[0], one.from,
			 one.bytes);
	if (has_second(call, SLOT_USE))
		read_kernel_text(&t->later[1].text, call->layout.position[1], call->layout.form[1],
				 two.from, two.bytes);
	same = is_explained(t, 0, foreign);
	if (has_second(call, SLOT_USE) && !is_explained(t, 1, foreign))
		same = false;
	if (replaces && !same)
		send_caller(call); /* at the exit it is gone */
	pass(call, SLOT_USE, same);
}

/* fs/exec.c exec_binprm(): the strings that the new program is given, in place of the caller. */
static __always_inline void use_words(__u64 mm, __u64 binprm)
{
	struct call *call = current_call();
	struct texts *t;
	bool same;

	if (!call || !(call->layout.exact & TOCTRACE_USED_APART))
		return;
	/* before those of a script stand its interpreter's */
	if (READ_FIELD(__u64, binprm, LINUX_BINPRM__INTERP) !=
	    READ_FIELD(__u64, binprm, LINUX_BINPRM__FILENAME))
		return;
	t = current_texts();
	if (!t)
		return;
	begin_texts(call, t, SLOT_USE_APART, TOCTRACE_USE);
	read_new_words(&t->later[1].text, call->layout.position[1], mm, &t->first[1].text);
	same = is_explained(t, 1, call->flags & TOCTRACE_FAULT_FOREIGN);
	if (!same)
		send_caller(call);
	pass(call, SLOT_USE_APART, same);
}

static __always_inline bool is_used(struct call *call)
{
	struct texts *t = current_texts();

	return (call->layout.exact & TOCTRACE_NO_USE) || (t && t->used);
}

/* Whether the exit reads what the kernel used, or, where it used nothing, what the entry read. */
static __always_inline bool same_at_exit(struct call *call, struct texts *t)
{
	bool same;

	read_argument(call, &t->later[0], 0);
	if (has_two(call))
		read_argument(call, &t->later[1], 1);
	same = is_explained(t, 0, false);
	if (has_two(call) && !is_explained(t, 1, false))
		same = false;
	return same;
}

/* The use's snapshot, of the time of the last piece. No piece had the elements after it. */
static __always_inline void send_pieces(struct call *call, struct texts *t, struct pieces *p)
{
	struct toctrace_snapshot *s = begin_snapshot(call, SLOT_USE, TOCTRACE_USE);
	struct toctrace_text *used = &p->used.text;
	__u64 elements = call->maxnode[1];

	if (elements > ELEMENTS)
		elements = ELEMENTS;
	clear_text(used, call->layout.position[1], 0);
	used->length = p->told * 4;
	used->wanted = elements * 4;
	used->error = p->told < elements ? NOT_USED : 0;
	used->beyond = t->first[1].text.beyond;
	s->contents = TOCTRACE_TEXT;
	s->time_ns = p->time_ns;
	open_gate(call);
	fill_call(s, &call->at[SLOT_ENTRY]);
	fill_caller(s);
	fill_task(s);
	output_record(call, s, &p->used, s->sequence);
}

/* Take the exit's look, and before its snapshot send what was used in pieces, unless all is the same:
 * no slot holds that. Whether it is. */
static __always_inline bool end_looks(struct call *call, struct texts *t, bool same)
{
	struct pieces *p = in_pieces(&call->layout) ? current_pieces() : NULL;

	/* first, as the exit's look takes the place of an entry's that was denied */
	if (p && !pieces_are_explained(call, t, p))
		same = false;
	if (!same_at_exit(call, t))
		same = false;
	if (p && p->time_ns && (!same || call->open || call->unlike))
		send_pieces(call, t, p);
	return same;
}

/* `complete`: a use was seen, where the return value tells of one. */
static __always_inline void leave_exact(struct call *call, long returned, bool complete)
{
	struct texts *t = current_texts();
	struct toctrace_snapshot *s;
	bool same = complete;

	if (!t)
		return;
	if (call->layout.exact & TOCTRACE_NO_EXIT_LOOK) {
		s = begin_snapshot(call, SLOT_EXIT, TOCTRACE_EXIT);
		s->contents = 0;
	} else {
		same = end_looks(call, t, same);
		s = begin_texts(call, t, SLOT_EXIT, TOCTRACE_EXIT);
	}
	s->returned = returned;
	if (!(call->layout.exact & TOCTRACE_NO_EXIT_LOOK) && (!same || call->unlike))
		send_caller(call);
	pass(call, SLOT_EXIT, same);
	if (!call->open && t->blind)
		count(TOCTRACE_UNBACKED);
	end_count(call);
}

/* An argument's own pages: what else a call reads (a message that is sent) is not judged. */
static __always_inline bool is_of_argument(struct call *call, __u64 address)
{
	return (address >> 12) - (call->address[0] >> 12) <= 1 ||
	       (has_two(call) && (address >> 12) - (call->address[1] >> 12) <= 1);
}

/* Words lie anywhere: of such as the entry could not read, any page of the caller's may have one. What
 * comes into the new program's memory is the kernel's doing. */
static __always_inline bool is_of_words(struct call *call, __u64 area)
{
	struct texts *t;

	if (!(call->layout.exact & TOCTRACE_USED_APART))
		return false;
	t = current_texts();
	return t && t->first[1].text.error &&
	       READ_FIELD(__u64, area, VM_AREA_STRUCT__VM_MM) == t->mm;
}

/* mm/memory.c handle_mm_fault(): a page that is needed for an argument may be somebody else's. */
static __always_inline void note_fault(__u64 area, __u64 address)
{
	struct call *call = current_call();
	__u64 file, inode, super, flags;

	if (!call || !call->layout.exact)
		return;
	if (!is_of_argument(call, address) && !is_of_words(call, area))
		return;
	flags = READ_FIELD(__u64, area, VM_AREA_STRUCT__VM_FLAGS);
	file = READ_FIELD(__u64, area, VM_AREA_STRUCT__VM_FILE);
	inode = READ_FIELD(__u64, file, FILE__F_INODE);
	super = READ_FIELD(__u64, inode, INODE__I_SB);
	if ((flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE) ||
	    (file && READ_FIELD(__u64, super, SUPER_BLOCK__S_MAGIC) == FUSE_SUPER_MAGIC))
		call->flags |= TOCTRACE_FAULT_FOREIGN;
}

#endif
