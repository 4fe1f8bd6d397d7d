/* The texts of the call that a task is in, in storage of its own: only tasks that make such calls have
 * any. What is the same at every look is kept once.
 */
#ifndef TOCTRACE_TEXTS_H
#define TOCTRACE_TEXTS_H

#include "state.h"
#include "text.h"

#define HEAD_BYTES __builtin_offsetof(struct toctrace_snapshot, content)

/* As it goes out: the head is that of the snapshot. */
struct text_record {
	__u8 head[HEAD_BYTES];
	struct toctrace_text text;
};

struct texts {
	struct text_record first[TOCTRACE_MASKS]; /* the entry's; all that is alike is kept here alone */
	struct text_record later[TOCTRACE_MASKS]; /* of the slot that is taken now */
	/* the error of an entry that could read nothing, where a later look is kept in its place */
	__s32 denied[TOCTRACE_MASKS];
	__u32 slot; /* whose texts are in later[] */
	__u32 used; /* a use was seen */
	__u32 blind; /* some of the entry's was denied */
	__u64 mm; /* the caller's memory: execve ends in another one */
};

BPF_TASK_STORAGE(texts, struct texts);

static __always_inline struct texts *current_texts(void)
{
	return texts.task_storage_get(bpf_get_current_task_btf(), 0, 0);
}

static __always_inline bool has_room_for_texts(void)
{
	return texts.task_storage_get(bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Which texts a slot has: the first, the second. */
static __always_inline bool has_first(struct call *call, __u32 slot)
{
	return !(call->layout.exact & TOCTRACE_USED_APART) || slot != SLOT_USE_APART;
}

static __always_inline bool has_second(struct call *call, __u32 slot)
{
	return has_two(call) && (!(call->layout.exact & TOCTRACE_USED_APART) || slot != SLOT_USE);
}

/* Send a text with the head of its snapshot, under a number of its own. */
static __always_inline void output_record(struct call *call, struct toctrace_snapshot *s,
					  struct text_record *r, __u32 sequence)
{
	__u64 length = r->text.length;

	s->lost = call->lost;
	bpf_probe_read_kernel(r->head, HEAD_BYTES, s);
	((struct toctrace_snapshot *)r->head)->sequence = sequence;
	OPAQUE(length);
	if (length > TOCTRACE_TEXT_BYTES)
		return;
	if (snapshots.ringbuf_output(r, HEAD_BYTES + __builtin_offsetof(struct toctrace_text, data) +
						length, 0)) {
		call->lost++;
		count(TOCTRACE_RING_FULL);
	}
}

/* Send one text of a slot, under the number that follows the one before it. */
static __always_inline void output_text(struct call *call, struct texts *t, __u32 slot, __u32 nth)
{
	struct toctrace_snapshot *s = &call->at[slot];
	struct text_record *r = slot == t->slot ? &t->later[nth] : &t->first[nth];
	__u32 kept = r->text.length;
	__s32 error = r->text.error;

	if (slot == SLOT_ENTRY && t->denied[nth]) {
		r->text.length = 0;
		r->text.error = t->denied[nth];
	}
	r->text.address = s->stage == TOCTRACE_USE ? 0 : call->address[nth];
	output_record(call, s, r, s->sequence + (has_first(call, slot) ? nth : 0));
	r->text.length = kept;
	r->text.error = error;
}

static __always_inline void output_texts(struct call *call, __u32 slot)
{
	struct texts *t = current_texts();

	if (!t)
		return;
	if (has_first(call, slot))
		output_text(call, t, slot, 0);
	if (has_second(call, slot))
		output_text(call, t, slot, 1);
}

#endif
