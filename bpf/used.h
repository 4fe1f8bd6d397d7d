/* Where a function is given what a call uses, by the kind of its parameter. */
#ifndef TOCTRACE_USED_H
#define TOCTRACE_USED_H

#include "exact.h"

/* include/linux/fs.h: struct filename. An error in its place is no address that can be read. */
static __always_inline struct used_text used_filename(__u64 filename)
{
	struct used_text used = {READ_FIELD(__u64, filename, FILENAME__NAME), 0};

	return used;
}

static __always_inline struct used_text used_bytes(__u64 from, __u32 bytes)
{
	struct used_text used = {from, bytes};

	return used;
}

/* include/linux/socket.h: struct msghdr. */
static __always_inline struct used_text used_message(__u64 message)
{
	__u64 name = READ_FIELD(__u64, message, MSGHDR__MSG_NAME);
	__u32 bytes = READ_FIELD(__u32, message, MSGHDR__MSG_NAMELEN);

	return used_bytes(name, bytes);
}

#endif
