/* Arrays of which the kernel reads and uses a piece at a time: what was used is put together, and is
 * held against the entry when the call ends.
 */
#ifndef TOCTRACE_PIECES_H
#define TOCTRACE_PIECES_H

#include "texts.h"

#define ELEMENTS (TOCTRACE_TEXT_BYTES / 4)
#define NOT_USED (-61) /* -ENODATA */

/* What was used of an array, piece by piece: of tasks alone that make calls which take one so. */
struct pieces {
	struct text_record used;
	__u64 time_ns; /* of the last piece; 0: there was none */
	__u32 told;    /* elements of `used` that are told */
	__u32 unlike;  /* some element was used that the entry has otherwise */
};

BPF_TASK_STORAGE(pieces, struct pieces);

static __always_inline struct pieces *current_pieces(void)
{
	return pieces.task_storage_get(bpf_get_current_task_btf(), 0, 0);
}

static __always_inline bool in_pieces(const struct toctrace_layout *layout)
{
	return layout->exact & TOCTRACE_IN_PIECES;
}

static __always_inline bool has_room_for_pieces(const struct toctrace_layout *layout)
{
	return !in_pieces(layout) || pieces.task_storage_get(bpf_get_current_task_btf(), 0,
							     BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline void begin_pieces(struct call *call)
{
	struct pieces *p;

	if (!in_pieces(&call->layout))
		return;
	p = current_pieces();
	if (!p)
		return;
	p->time_ns = 0;
	p->told = 0;
	p->unlike = 0;
}

/* All bits where a is below b, both of 32 bits: a branch in a loop would double what the verifier
 * follows at each turn. */
static __always_inline __u64 below(__u64 a, __u64 b)
{
	__u64 sign = a - b;

	OPAQUE(sign);
	return (__s64)sign >> 63;
}

/* Tell of the elements before `until`: from `from` on they were used with this value, those before it
 * and not told yet were not. */
static __always_inline void tell_elements(struct pieces *p, const struct toctrace_text *entry,
					  __u32 from, __u32 until, __s32 value)
{
	__s32 *used = (__s32 *)p->used.text.data;
	const __s32 *seen = (const __s32 *)entry->data;
	__u32 told = p->told;

#pragma clang loop unroll(disable)
	for (__u32 nth = 0; nth < ELEMENTS; nth++) {
		__u64 at = told + nth, unused;

		if (at >= until)
			break;
		OPAQUE(at);
		if (at >= ELEMENTS)
			break;
		unused = below(at, from);
		used[at] = value | unused; /* TOCTRACE_ELEMENT_UNUSED is all bits */
		p->unlike |= (seen[at] ^ value) & ~unused;
		p->told = at + 1;
	}
}

/* mm/migrate.c move_pages_and_store_status(): the pages that were queued for a node are moved there:
 * those from `from` on, before `until`. There may be none of them. */
static __always_inline void use_piece(__s32 value, __u32 from, __u32 until)
{
	struct call *call = current_call();
	struct texts *t;
	struct pieces *p;

	if (!call || !in_pieces(&call->layout) || value < 0)
		return;
	t = current_texts();
	p = current_pieces();
	if (!t || !p)
		return;
	p->time_ns = bpf_ktime_get_boot_ns();
	tell_elements(p, &t->first[1].text, from, until, value);
}

/* What was used of a look that was denied at the entry is weighed by who can change the page. */
static __always_inline bool pieces_are_explained(struct call *call, struct texts *t,
						 struct pieces *p)
{
	const struct toctrace_text *entry = &t->first[1].text;

	if (!p->time_ns)
		return true;
	if (is_denied(entry))
		return !(call->flags & TOCTRACE_FAULT_FOREIGN);
	return !entry->error && !p->unlike;
}

#endif
