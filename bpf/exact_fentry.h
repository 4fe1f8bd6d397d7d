/* The uses of exact calls, by fentry. Named for the parameters that have them. */
#ifndef TOCTRACE_EXACT_FENTRY_H
#define TOCTRACE_EXACT_FENTRY_H

#include "used.h"

static const struct used_text nothing;

KFUNC_PROBE(use_filename_2, __u64 first, const void *second)
{
	begin_exact_use(used_filename((__u64)second), nothing, false);
	return 0;
}

KFUNC_PROBE(use_executable_2, __u64 first, const void *second)
{
	begin_exact_use(used_filename((__u64)second), nothing, true);
	return 0;
}

KFUNC_PROBE(use_filename_2_4, __u64 first, const void *second, __u64 third, const void *fourth)
{
	begin_exact_use(used_filename((__u64)second), used_filename((__u64)fourth), false);
	return 0;
}

KFUNC_PROBE(use_filename_1_3, const void *first, __u64 second, const void *third)
{
	begin_exact_use(used_filename((__u64)first), used_filename((__u64)third), false);
	return 0;
}

KFUNC_PROBE(use_string_1_3, const void *first, __u64 second, const void *third)
{
	begin_exact_use(used_bytes((__u64)first, 0), used_bytes((__u64)third, 0), false);
	return 0;
}

KFUNC_PROBE(use_address_2_3, __u64 first, const void *second, int third)
{
	begin_exact_use(used_bytes((__u64)second, third), nothing, false);
	return 0;
}

KFUNC_PROBE(use_message_2, __u64 first, const void *second)
{
	begin_exact_use(used_message((__u64)second), nothing, false);
	return 0;
}

KFUNC_PROBE(use_piece_1_4_5, int first, const void *second, const void *third, int fourth, int fifth)
{
	use_piece(first, fourth, fifth);
	return 0;
}

KFUNC_PROBE(fault, const void *area, __u64 address)
{
	note_fault((__u64)area, address);
	return 0;
}

#endif
