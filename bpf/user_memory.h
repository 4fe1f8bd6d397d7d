/* Reading user memory, by names of our own for the two helpers.
 *
 * Where it meets one of theirs, bcc 0.26 looks through all of the kernel's symbols for it
 * (src/cc/frontends/clang/b_frontend_action.cc, check_bpf_probe_read_user(): may the kernel be too old
 * to have it?), which took up to a third of the time until programs are loaded.
 */
#ifndef TOCTRACE_USER_MEMORY_H
#define TOCTRACE_USER_MEMORY_H

#define UNUSED __attribute__((unused))

static long (*UNUSED probe_read_user)(void *to, __u32 size, const void *from) =
	(void *)BPF_FUNC_probe_read_user;
static long (*UNUSED probe_read_user_str)(void *to, __u32 size, const void *from) =
	(void *)BPF_FUNC_probe_read_user_str;

#endif
