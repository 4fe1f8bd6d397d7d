/* Reading the kernel's structures.
 *
 * Where their fields lie is given by user space, from the running kernel's own BTF, as defines of
 * STRUCTURE__MEMBER (detector/capture/fields.py); so is MAX_NUMNODES. No header that declares them is
 * included: those are what a compiler spends its time on, and they may be another kernel's.
 */
#ifndef TOCTRACE_FIELDS_H
#define TOCTRACE_FIELDS_H

/* include/linux/sched.h: task_struct.flags. */
#define PF_KTHREAD 0x00200000
/* include/linux/pid.h: PIDTYPE_TGID is 1 since 4.19; a struct upid is a number and a pointer. */
#define TGID_TYPE 1
#define UPID_BYTES 16

/* Read a field of a kernel structure. Written out, as bcc rewrites a plain `a->b` only where it can
 * follow the pointer's way. */
#define READ_FIELD(type, base, offset) \
	({ \
		type value = 0; \
		bpf_probe_read_kernel(&value, sizeof(value), (void *)((__u64)(base) + (offset))); \
		value; \
	})

/* The same by a plain load, which costs far less than a helper: for what the verifier knows the type of,
 * which is bpf_get_current_task_btf(), the parameters that fentry and fexit are given, and what these
 * point to. Where nothing can be read the kernel makes it 0. */
#define LOAD_FIELD(type, base, offset) (*(const type *)((const void *)(base) + (offset)))

#endif
