/* Whether a mask is another one in the kernel's copy than at entry, as detector/correlate/pairs.py
 * judges it (entry_to_copy, of a copy that succeeded): a test holds the two against each other.
 */
#ifndef TOCTRACE_CHANGED_H
#define TOCTRACE_CHANGED_H

#include "records.h"

/* Whether four bytes from `at` on are of a word that could not be read whole. */
static __always_inline bool unread_at(const struct toctrace_content *c, __u32 at)
{
	__u32 begin = at & ~((__u32)c->word - 1), end = begin + c->word;

	return (c->head_error && begin < c->head) || (c->tail_error && end > c->head);
}

/* Whether bits differ that could be read at entry. What was set past MAX_NUMNODES has changed too,
 * as the kernel found it clear: else there were no copy. */
static __always_inline bool has_changed(const struct toctrace_content *entry,
					const struct toctrace_content *copy)
{
	const __u32 *x = (const __u32 *)entry->data, *y = (const __u32 *)copy->data;
	__u32 differ = 0;

	for (__u32 i = 0; i < TOCTRACE_MASK_BYTES / 4; i++)
		if (!unread_at(entry, i * 4))
			differ |= x[i] ^ y[i];
	return differ || entry->beyond == TOCTRACE_BEYOND_SET;
}

static __always_inline bool is_unread(const struct toctrace_content *c)
{
	return c->head_error || c->tail_error;
}

#endif
