// SPDX-License-Identifier: GPL-2.0
/* Changes the kernel's own copy of old_nodes between copy and use: what only a kernel gone wrong
 * does. A test module for a throw-away virtual machine.
 *
 * mm/mempolicy.c kernel_migrate_pages(): get_nodes() copies old, get_nodes() copies new, then
 * security_task_movememory() asks, then do_migrate_pages() acts. The node is set at the question:
 * after both copies and before the use, so the order of several probes on one function (newest
 * first) does not matter. One call at a time: there is one `caller`.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/string.h>

static char comm[TASK_COMM_LEN];
module_param_string(comm, comm, sizeof(comm), 0444);
MODULE_PARM_DESC(comm, "name of the tasks whose calls are changed; all others are left alone");

static unsigned int node;
module_param(node, uint, 0444);
MODULE_PARM_DESC(node, "node that is set in old_nodes; one that holds no memory moves no page");

static struct task_struct *caller; /* inside migrate_pages(), named comm */
static nodemask_t *old_nodes;	   /* its first copy; NULL before it is made */

static int begin(struct kprobe *probe, struct pt_regs *regs)
{
	if (strcmp(current->comm, comm))
		return 0;
	old_nodes = NULL; /* the mask of a call that failed before the question is gone by now */
	caller = current;
	return 0;
}

static int copy(struct kprobe *probe, struct pt_regs *regs)
{
	if (caller == current && !old_nodes)
		old_nodes = (nodemask_t *)regs->di;
	return 0;
}

static int ask(struct kprobe *probe, struct pt_regs *regs)
{
	if (caller != current || !old_nodes)
		return 0;
	node_set(node, *old_nodes);
	caller = NULL;
	return 0;
}

static struct kprobe begins = { .symbol_name = "__x64_sys_migrate_pages", .pre_handler = begin };
static struct kprobe copies = { .symbol_name = "get_nodes", .pre_handler = copy };
static struct kprobe asks = { .symbol_name = "security_task_movememory", .pre_handler = ask };
static struct kprobe *probes[] = { &begins, &copies, &asks };

static int __init tamper_init(void)
{
	if (!comm[0] || node >= MAX_NUMNODES)
		return -EINVAL;
	return register_kprobes(probes, ARRAY_SIZE(probes));
}

static void __exit tamper_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
}

module_init(tamper_init);
module_exit(tamper_exit);
MODULE_DESCRIPTION("Changes migrate_pages' old_nodes between copy and use");
MODULE_LICENSE("GPL");
