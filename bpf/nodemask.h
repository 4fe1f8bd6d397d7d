/* Reading nodemasks: exactly the bits that mm/mempolicy.c get_nodes() reads, no more. */
#ifndef TOCTRACE_NODEMASK_H
#define TOCTRACE_NODEMASK_H

#include "records.h"
#include "user_memory.h"

#define TOCTRACE_PAGE 4096
/* get_nodes() answers EINVAL to more than a page of bits, before it reads any. */
#define TOCTRACE_MOST_BITS (TOCTRACE_PAGE * 8)
#define TOCTRACE_WORD 8
/* Words that can hold something past MAX_NUMNODES. */
#define TOCTRACE_WORDS_BEYOND (TOCTRACE_MOST_BITS / 64 - MAX_NUMNODES / 64)
/* Of the word in which MAX_NUMNODES lies, the bits past it; all, where it ends a word. */
#define TOCTRACE_BITS_BEYOND (~((1ULL << MAX_NUMNODES % 64) - 1))
/* Bytes of a nodemask_t: whole words. */
#define NODEMASK_BYTES ((MAX_NUMNODES + 63) / 64 * TOCTRACE_WORD)

_Static_assert(NODEMASK_BYTES <= TOCTRACE_MASK_BYTES, "a nodemask must fit its record");

/* The kernel reads the words past MAX_NUMNODES one by one from the end, and stops at the first
 * that is set (EINVAL) or cannot be read (EFAULT). Of the last one that it reads it leaves out the bits
 * that may be set, if MAX_NUMNODES lies within a word: also where that one is not this word. */
static __always_inline __u8 look_beyond(__u64 address, __u64 bits)
{
	__u64 last = (bits - 1) / 64;

	for (__u32 i = 0; i < TOCTRACE_WORDS_BEYOND; i++) {
		__u64 word = 0;

		if (bits <= MAX_NUMNODES)
			break;
		if (probe_read_user(&word, sizeof(word),
				    (void *)(address + (last - i) * TOCTRACE_WORD)))
			return TOCTRACE_BEYOND_UNREAD;
		if (MAX_NUMNODES < 64 && bits < 64)
			word &= (1ULL << bits) - 1;
		if (bits < MAX_NUMNODES + 64) {
			word &= TOCTRACE_BITS_BEYOND;
			bits = MAX_NUMNODES;
		} else {
			bits -= 64;
		}
		if (word)
			return TOCTRACE_BEYOND_SET;
	}
	return TOCTRACE_BEYOND_CLEAR;
}

/* Keeps clang from proving the verifier's bounds away: the very register is checked that is used. */
#define OPAQUE(value) asm volatile("" : "+r"(value))

/* probe_read_user() over a resident and a missing page fails as a whole: each page is read on
 * its own. The tail may be written up to 2 * TOCTRACE_MASK_BYTES past `data` as the verifier sees
 * it: the content that follows in the snapshot makes room. */
static __always_inline void read_pages(struct toctrace_content *c)
{
	__u64 length = c->length;
	__u64 room = TOCTRACE_PAGE - (c->address & (TOCTRACE_PAGE - 1));
	__u64 head = length < room ? length : room;
	__u64 tail = length - head;

	c->head = head;
	OPAQUE(head);
	if (head > TOCTRACE_MASK_BYTES)
		return;
	c->head_error = probe_read_user(c->data, head, (void *)c->address);
	if (!tail)
		return;
	OPAQUE(head);
	OPAQUE(tail);
	head &= TOCTRACE_MASK_BYTES - 1;
	tail &= TOCTRACE_MASK_BYTES - 1;
	c->tail_error = probe_read_user(c->data + head, tail, (void *)(c->address + head));
}

/* All of it but the data. */
static __always_inline void begin_content(struct toctrace_content *c, __u8 argument)
{
	__builtin_memset(c, 0, offsetof(struct toctrace_content, data));
	c->argument = argument;
}

/* get_nodes() masks off what the last word holds past the last bit. */
static __always_inline void drop_spare_bits(struct toctrace_content *c)
{
	__u64 *words = (__u64 *)c->data;
	__u32 last = c->bits / 64, kept = c->bits % 64;

	if (!kept)
		return;
	OPAQUE(last);
	words[last & (TOCTRACE_MASK_BYTES / 8 - 1)] &= (1ULL << kept) - 1;
}

/* A mask in user memory. `word` is 8 bytes, 4 for 32-bit callers (compat_get_bitmap). */
static __always_inline void read_user_mask(struct toctrace_content *c, __u8 argument,
					   __u64 address, __u64 maxnode, __u8 word)
{
	__u64 bits = maxnode - 1;

	begin_content(c, argument);
	__builtin_memset(c->data, 0, sizeof(c->data));
	c->address = address;
	c->word = word;
	if (!bits || !address || bits > TOCTRACE_MOST_BITS)
		return;
	if (bits > MAX_NUMNODES) {
		c->beyond = look_beyond(address, bits);
		bits = MAX_NUMNODES;
	}
	c->bits = bits;
	c->length = (bits + word * 8 - 1) / (word * 8) * word;
	read_pages(c);
	drop_spare_bits(c);
}

#endif
