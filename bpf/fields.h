/* Where the fields lie that are read of kernel structures.
 *
 * By the running kernel's headers; or given by user space from the running kernel's BTF, and then
 * the headers that the programs are compiled with may be those of any kernel.
 */
#ifndef TOCTRACE_FIELDS_H
#define TOCTRACE_FIELDS_H

#ifndef TOCTRACE_FIELDS_GIVEN
#define TASK_STRUCT__PID offsetof(struct task_struct, pid)
#define TASK_STRUCT__TGID offsetof(struct task_struct, tgid)
#define TASK_STRUCT__THREAD_PID offsetof(struct task_struct, thread_pid)
#define TASK_STRUCT__START_BOOTTIME offsetof(struct task_struct, start_boottime)
#define TASK_STRUCT__SIGNAL offsetof(struct task_struct, signal)
#define SIGNAL_STRUCT__PIDS offsetof(struct signal_struct, pids)
#define PID__LEVEL offsetof(struct pid, level)
#define PID__NUMBERS offsetof(struct pid, numbers)
#define UPID__NR offsetof(struct upid, nr)
#define UPID__NS offsetof(struct upid, ns)
#define PID_NAMESPACE__NS offsetof(struct pid_namespace, ns)
#define NS_COMMON__INUM offsetof(struct ns_common, inum)
#endif

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

#endif
