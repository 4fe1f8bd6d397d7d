/* Reading and comparing arguments of any length: strings, socket addresses, arrays. */
#ifndef TOCTRACE_TEXT_H
#define TOCTRACE_TEXT_H

#include "records.h"
#include "fields.h"
#include "nodemask.h"

/* Sets a text's length, and zeros after it: whole steps are compared. */
static __always_inline void end_text(struct toctrace_text *t, __u64 length)
{
	t->length = length;
	OPAQUE(length);
	if (length > TOCTRACE_TEXT_BYTES)
		return;
	__builtin_memset(t->data + length, 0, TOCTRACE_TEXT_STEP);
}

static __always_inline void clear_text(struct toctrace_text *t, __u8 argument, __u64 address)
{
	__builtin_memset(t, 0, __builtin_offsetof(struct toctrace_text, data));
	t->argument = argument;
	t->address = address;
}

/* What stands on the first page alone, where the whole could not be read. */
static __always_inline void read_first_page(struct toctrace_text *t, __u32 wanted)
{
	__u64 room = TOCTRACE_PAGE - (t->address & (TOCTRACE_PAGE - 1));

	if (room >= wanted)
		return;
	OPAQUE(room);
	if (room > TOCTRACE_TEXT_BYTES)
		return;
	if (!probe_read_user(t->data, room, (void *)t->address))
		end_text(t, room);
}

/* The helper ends what has no end: is the byte there the string's own? */
static __always_inline bool is_end(__u64 address)
{
	__u8 byte = 0;

	probe_read_user(&byte, 1, (void *)address);
	return !byte;
}

/* fs/namei.c getname_flags(): up to PATH_MAX bytes, the ending zero byte included. */
static __always_inline void read_user_string(struct toctrace_text *t)
{
	long read;

	t->wanted = TOCTRACE_TEXT_BYTES;
	read = probe_read_user_str(t->data, TOCTRACE_TEXT_BYTES, (void *)t->address);
	if (read >= 0) {
		end_text(t, read ? read - 1 : 0); /* of an empty one some kernels count no end */
		if (read == TOCTRACE_TEXT_BYTES && !is_end(t->address + read - 1))
			t->beyond = TOCTRACE_BEYOND_SET;
		return;
	}
	t->error = read;
	read_first_page(t, TOCTRACE_TEXT_BYTES);
}

static __always_inline void read_user_bytes(struct toctrace_text *t, __u64 bytes)
{
	__u64 wanted = bytes;

	if (bytes > TOCTRACE_TEXT_BYTES) {
		t->beyond = TOCTRACE_BEYOND_SET;
		wanted = TOCTRACE_TEXT_BYTES;
	}
	t->wanted = wanted;
	OPAQUE(wanted);
	if (wanted > TOCTRACE_TEXT_BYTES)
		return;
	t->error = probe_read_user(t->data, wanted, (void *)t->address);
	if (t->error)
		read_first_page(t, wanted);
	else
		end_text(t, wanted);
}

/* One of the strings that an array names, behind those before it. False where there is no more, or
 * where what is there cannot be read or has no room. */
static __always_inline bool read_user_word(struct toctrace_text *t, __u64 from)
{
	__u64 length = t->length;
	long read;

	OPAQUE(length);
	if (length > (TOCTRACE_STRINGS - 1) * TOCTRACE_STRING_BYTES)
		return false;
	read = probe_read_user_str(t->data + length, TOCTRACE_STRING_BYTES, (void *)from);
	if (read < 0) {
		t->error = read;
		return false;
	}
	if (read == TOCTRACE_STRING_BYTES && !is_end(from + read - 1)) {
		t->beyond = TOCTRACE_BEYOND_SET;
		t->length += read - 1;
		return false;
	}
	t->length += read ? read : 1; /* of an empty one some kernels count no end */
	return true;
}

static __always_inline __u64 read_user_pointer(struct toctrace_text *t, __u32 nth, __u8 word)
{
	__u64 wide = 0;
	__u32 narrow = 0;

	if (word == 8) {
		t->error = probe_read_user(&wide, 8, (void *)(t->address + nth * 8));
		return wide;
	}
	t->error = probe_read_user(&narrow, 4, (void *)(t->address + nth * 4));
	return narrow;
}

/* fs/exec.c copy_strings(): strings, each with the byte that ends it. The first few, and whether
 * there are more. No array is one without strings, and that is made one of an empty string. */
static __always_inline void read_user_words(struct toctrace_text *t, __u8 word)
{
	__u64 from = 0;

#pragma unroll
	for (__u32 nth = 0; nth < TOCTRACE_STRINGS; nth++) {
		from = t->address ? read_user_pointer(t, nth, word) : 0;
		if (!from || !read_user_word(t, from))
			break;
		from = 0;
		if (nth == TOCTRACE_STRINGS - 1 && read_user_pointer(t, nth + 1, word))
			t->beyond = TOCTRACE_BEYOND_SET;
	}
	if (!t->error && !t->length && !t->beyond)
		t->length = 1;
	t->wanted = t->length + !!t->error;
	end_text(t, t->length);
}

/* Bytes of an argument of a form, by the register that says how much there is. */
static __always_inline __u64 bytes_of(__u8 form, __u64 count, __u8 word)
{
	/* net/socket.c move_addr_to_kernel(): an int, and EINVAL to more than there is room for */
	if (form == TOCTRACE_FORM_ADDRESS)
		return (__u32)count > TOCTRACE_ADDRESS_BYTES ? 0 : (__u32)count;
	if (count > TOCTRACE_TEXT_BYTES)
		count = TOCTRACE_TEXT_BYTES;
	return count * (form == TOCTRACE_FORM_POINTERS ? word : 4);
}

static __always_inline void read_user_text(struct toctrace_text *t, __u8 argument, __u8 form,
					   __u64 address, __u64 count, __u8 word)
{
	clear_text(t, argument, address);
	end_text(t, 0);
	if (form == TOCTRACE_FORM_WORDS) {
		read_user_words(t, word);
		return;
	}
	if (!address)
		return;
	if (form == TOCTRACE_FORM_PATH)
		read_user_string(t);
	else
		read_user_bytes(t, bytes_of(form, count, word));
}

/* The kernel's own: a string, or as many bytes as it says. */
static __always_inline void read_kernel_text(struct toctrace_text *t, __u8 argument, __u8 form,
					     __u64 from, __u32 bytes)
{
	__u64 room;

	clear_text(t, argument, 0);
	end_text(t, 0);
	if (!from)
		return;
	if (form == TOCTRACE_FORM_PATH) {
		long read = bpf_probe_read_kernel_str(t->data, TOCTRACE_TEXT_BYTES, (void *)from);

		t->wanted = TOCTRACE_TEXT_BYTES;
		if (read < 0)
			t->error = read;
		else
			end_text(t, read ? read - 1 : 0);
		return;
	}
	t->wanted = bytes;
	room = bytes;
	OPAQUE(room);
	if (room > TOCTRACE_ADDRESS_BYTES)
		return;
	t->error = bpf_probe_read_kernel(t->data, room, (void *)from);
	if (!t->error)
		end_text(t, bytes);
}

/* fs/exec.c: the strings as they stand in the memory of the program that begins, as many bytes as
 * `first` has where that has not all. */
static __always_inline void read_new_words(struct toctrace_text *t, __u8 argument, __u64 mm,
					   const struct toctrace_text *first)
{
	__u64 start = READ_FIELD(__u64, mm, MM_STRUCT__ARG_START);
	__u64 length = READ_FIELD(__u64, mm, MM_STRUCT__ARG_END) - start;
	__u64 most = TOCTRACE_STRINGS * TOCTRACE_STRING_BYTES;

	clear_text(t, argument, 0);
	end_text(t, 0);
	if (first->beyond && first->length < most)
		most = first->length;
	if (length > most) {
		t->beyond = TOCTRACE_BEYOND_SET;
		length = most;
	}
	t->wanted = length;
	OPAQUE(length);
	if (length > TOCTRACE_STRINGS * TOCTRACE_STRING_BYTES)
		return;
	t->error = probe_read_user(t->data, length, (void *)start);
	if (!t->error)
		end_text(t, length);
}

/* Of what has no room here nothing is known but that it is there. */
static __always_inline bool same_texts(const struct toctrace_text *a, const struct toctrace_text *b)
{
	__u32 length = a->length;

	if (a->error || b->error || a->beyond != b->beyond || length != b->length)
		return false;
#pragma clang loop unroll(disable)
	for (__u32 at = 0; at < TOCTRACE_TEXT_BYTES; at += TOCTRACE_TEXT_STEP) {
		const __u64 *x = (const __u64 *)(a->data + at), *y = (const __u64 *)(b->data + at);
		__u64 differ = 0;

		if (at >= length)
			break;
#pragma unroll
		for (__u32 i = 0; i < TOCTRACE_TEXT_STEP / 8; i++)
			differ |= x[i] ^ y[i];
		if (differ)
			return false;
	}
	return true;
}

/* Whether nothing of it could be read. */
static __always_inline bool is_denied(const struct toctrace_text *t)
{
	return t->error && !t->length;
}

#endif
