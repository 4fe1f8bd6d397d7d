/* Nodemasks in the kernel's memory: its copies, what it uses, and the caller's cpuset. */
#ifndef TOCTRACE_KERNEL_MASK_H
#define TOCTRACE_KERNEL_MASK_H

#include "nodemask.h"
#include "fields.h"

/* A mask of the kernel's, but for its nodes: what is past the last that it can number stays clear. */
static __always_inline void begin_kernel_mask(struct toctrace_content *c, __u8 argument, __u8 word)
{
	begin_content(c, argument);
	c->bits = MAX_NUMNODES;
	c->word = word;
	c->length = NODEMASK_BYTES;
	c->head = NODEMASK_BYTES;
	if (NODEMASK_BYTES < TOCTRACE_MASK_BYTES)
		__builtin_memset(c->data + NODEMASK_BYTES, 0, TOCTRACE_MASK_BYTES - NODEMASK_BYTES);
}

/* The nodes at an address. What cannot be read is made zeros by the helper. */
static __always_inline void read_nodes(struct toctrace_content *c, const void *nodes)
{
	c->head_error = bpf_probe_read_kernel(c->data, NODEMASK_BYTES, nodes);
}

/* The nodes at a pointer that the verifier knows (fields.h). */
static __always_inline void load_nodes(struct toctrace_content *c, const void *nodes)
{
	__u64 *words = (__u64 *)c->data;

#pragma unroll
	for (int i = 0; i < NODEMASK_BYTES / 8; i++)
		words[i] = LOAD_FIELD(__u64, nodes, 8 * i);
}

static __always_inline void load_cpuset(struct toctrace_content *c)
{
	const void *task = bpf_get_current_task_btf();

	begin_kernel_mask(c, TOCTRACE_CPUSET, 8);
	load_nodes(c, task + TASK_STRUCT__MEMS_ALLOWED);
}

#endif
