/* The contract between the programs in the kernel and detector/capture/wire.py.
 *
 * Everything is little-endian and naturally aligned, with no hidden padding: a test compiles this
 * header and compares every offset with the Python side. A change of layout raises
 * TOCTRACE_RECORD_VERSION.
 */
#ifndef TOCTRACE_RECORDS_H
#define TOCTRACE_RECORDS_H

#ifndef __KERNEL__
#include <linux/types.h>
#endif

#define TOCTRACE_RECORD_VERSION 3

/* Bytes of a mask: MAX_NUMNODES is at most 1024 on x86-64 (CONFIG_NODES_SHIFT <= 10). */
#define TOCTRACE_MASK_BYTES 128
/* Most arguments of a call that are compared. */
#define TOCTRACE_MASKS 2
/* Bytes of a text: a path's (PATH_MAX, its ending zero byte included), an array's beginning. */
#define TOCTRACE_TEXT_BYTES 4096
/* Of so many at a time two texts are compared: as many zeros follow what is there. */
#define TOCTRACE_TEXT_STEP 64
/* Most strings of an array of strings, and most bytes of one, its ending zero byte included. */
#define TOCTRACE_STRINGS 4
#define TOCTRACE_STRING_BYTES 256
/* A socket address' (struct sockaddr_storage). */
#define TOCTRACE_ADDRESS_BYTES 128
/* snapshot.contents: one struct toctrace_text follows, in the place of content[]. */
#define TOCTRACE_TEXT 255
/* Most contents of one snapshot: the masks and the caller's cpuset nodes. */
#define TOCTRACE_CONTENTS (TOCTRACE_MASKS + 1)
#define TOCTRACE_ARGS 6
#define TOCTRACE_COMM_BYTES 16
/* content.argument of the caller's cpuset nodes, which are no argument of the call. */
#define TOCTRACE_CPUSET 255

enum toctrace_stage {
	TOCTRACE_ENTRY = 1,
	TOCTRACE_COPY = 2,
	TOCTRACE_USE = 3,
	TOCTRACE_EXIT = 4,
	TOCTRACE_CALLER = 5, /* no stage: the record is a struct toctrace_caller */
	TOCTRACE_SUPERVISE = 6, /* before the entry: what a supervisor is about to decide on */
};

enum toctrace_abi {
	TOCTRACE_X86_64 = 1,
	TOCTRACE_I386 = 2,
};

/* Is anything set past MAX_NUMNODES, in the words that the kernel reads to answer EINVAL? */
enum toctrace_beyond {
	TOCTRACE_BEYOND_CLEAR = 0,
	TOCTRACE_BEYOND_SET = 1,
	TOCTRACE_BEYOND_UNREAD = 2,
};

enum toctrace_flag {
	TOCTRACE_OWN = 1,	 /* made by the tool itself, to prove its stages */
	TOCTRACE_FAULT_HELD = 2, /* userfaultfd was asked for a page during the call */
	/* what enforcement made of the call; at most one of them */
	TOCTRACE_REFUSED = 4,
	TOCTRACE_WOULD_REFUSE = 8,
	TOCTRACE_KILLED = 16,
	TOCTRACE_LET_THROUGH = 32,
	/* an argument's page was faulted in during the call that others can change or serve */
	TOCTRACE_FAULT_FOREIGN = 64,
};

/* What is lost or left out, counted per CPU in the kernel. */
enum toctrace_counter {
	TOCTRACE_CALLS = 0,	   /* calls begun: in scope, armed */
	TOCTRACE_EXITS,		   /* of these, calls whose exit probe ran */
	TOCTRACE_RING_FULL,	   /* snapshots that found no room in the ring buffer */
	TOCTRACE_STATE_FULL,	   /* calls not followed: no memory for the task's state */
	TOCTRACE_MARKS_FULL,	   /* descendants not marked: the map of marks is full */
	TOCTRACE_COPY_MISSED,	   /* get_nodes began in a call, its return probe did not run */
	TOCTRACE_EXIT_MISSED,	   /* calls whose task began another one without an exit */
	TOCTRACE_CUT_BY_START,	   /* calls that were in the kernel before arming */
	TOCTRACE_OUT_OF_SCOPE,	   /* calls that the filters leave out */
	TOCTRACE_USE_BY_KERNEL,	   /* uses by kernel threads (a cpuset's change of nodes) */
	TOCTRACE_EQUAL,		   /* calls that the gate found equal at every stage: not sent */
	TOCTRACE_SENT,		   /* calls sent, whole or from where the gate opened */
	TOCTRACE_CALLER_LOST,	   /* callers that found no room: a loss of names alone */
	TOCTRACE_CALLS_REFUSED,	   /* calls that enforcement refused */
	TOCTRACE_CALLS_UNREFUSED,  /* calls that it would have refused, were it no dry run */
	TOCTRACE_CALLS_KILLED,	   /* calls whose caller it sent SIGKILL */
	TOCTRACE_CALLS_LET_THROUGH, /* calls that it could not judge, or not stop */
	TOCTRACE_UNBACKED,	   /* of the equal ones, calls with a look denied and nothing odd behind */
	TOCTRACE_LOOKS_DROPPED,	   /* calls that a supervisor refused, or went in as another one */
	TOCTRACE_COUNTERS,
};

enum toctrace_armed {
	TOCTRACE_DISARMED = 0, /* the first probe of a call leaves it alone */
	TOCTRACE_ALL = 1,      /* every snapshot of every call is sent */
	TOCTRACE_GATED = 2,    /* calls are compared in the kernel; equal ones are only counted */
};

enum toctrace_filter {
	TOCTRACE_FILTER_MARKED = 1,
	TOCTRACE_FILTER_PID = 2,
	TOCTRACE_FILTER_UID = 4,
	TOCTRACE_FILTER_COMM = 8,
	TOCTRACE_FILTER_CGROUP = 16,
};

/* What user space tells the programs; one element. */
struct toctrace_config {
	__u32 armed;	     /* enum toctrace_armed */
	__u32 filters;	     /* enum toctrace_filter, all of which must hold */
	__u32 pid;	     /* process id as seen in pid_namespace */
	__u32 pid_namespace; /* inode of the watcher's own pid namespace */
	__u32 uid;
	__u32 cgroup_level; /* depth of the cgroup below the root: its descendants count too */
	__u64 cgroup;	    /* cgroup v2 id */
	char comm[TOCTRACE_COMM_BYTES];
};

/* What is done about raced calls. */
enum toctrace_enforce {
	TOCTRACE_ENFORCE_NOTHING = 0,
	TOCTRACE_ENFORCE_DRY_RUN = 1, /* tell which would be refused */
	TOCTRACE_ENFORCE_REFUSE = 2,  /* EPERM, by BPF LSM */
	TOCTRACE_ENFORCE_KILL = 3,    /* SIGKILL, by a kprobe */
};

/* Most clauses of all enforcing rules together, and so most such rules. */
#define TOCTRACE_CLAUSES 64

enum toctrace_clause_use {
	TOCTRACE_CLAUSE_END = 0, /* there are no more clauses */
	TOCTRACE_CLAUSE_NAMED = 1,
	TOCTRACE_CLAUSE_EXCEPTED = 2,
};

/* Callers that an enforcing rule names, or that an exception of it leaves out: those in all of the
 * ranges, both ends included. */
struct toctrace_clause {
	__u8 use;   /* enum toctrace_clause_use */
	__u8 rule;  /* a number below TOCTRACE_CLAUSES; a rule may have several clauses */
	__u8 blind; /* whether the rule's blind calls are stopped, too */
	__u8 reserved[5];
	__u64 uid_least;
	__u64 uid_most;
	__u64 gid_least;
	__u64 gid_most;
	__u64 cgroup_least;
	__u64 cgroup_most;
};

/* One element: written as a whole, once the clauses of its bank are. */
struct toctrace_enforcement {
	__u32 mode; /* enum toctrace_enforce */
	__u32 bank; /* 0 or 1: which half of the clauses is in use */
};

/* Numbers of system calls that can be watched, for each ABI (x32 has some of its own past them). */
#define TOCTRACE_NUMBERS 512

/* What is at an argument's address. */
enum toctrace_form {
	TOCTRACE_FORM_NODEMASK = 0,
	TOCTRACE_FORM_PATH = 1,	    /* a string */
	TOCTRACE_FORM_ADDRESS = 2,  /* a struct sockaddr, of as many bytes as a register says */
	TOCTRACE_FORM_POINTERS = 3, /* words, as many as a register says */
	TOCTRACE_FORM_INTEGERS = 4, /* ints, as many as a register says */
	TOCTRACE_FORM_WORDS = 5,    /* the first strings of an array that NULL ends */
};

/* Of a call whose arguments are texts. */
enum toctrace_exact {
	TOCTRACE_EXACT = 1,
	TOCTRACE_NO_EXIT_LOOK = 2, /* the caller's memory is another one at the exit */
	TOCTRACE_NO_USE = 4,	   /* no place is known where the kernel has all of it */
	TOCTRACE_USED_APART = 8,   /* the second text is used later than the first */
	TOCTRACE_IN_PIECES = 16,   /* the second is an array of which a piece is used at a time */
};

/* At the use, in the place of an element that no piece had. */
#define TOCTRACE_ELEMENT_UNUSED (-1)

/* How a system call takes its arguments. User space writes it from its table: nothing in the kernel
 * knows a call by its name. By the call's number; TOCTRACE_NUMBERS later, by that of i386. */
struct toctrace_layout {
	__u8 syscall;	/* what its snapshots call it; 0: not watched */
	__u8 registers; /* how many arguments it has */
	__u8 masks;	/* how many masks it copies, in this order */
	__u8 narrowed;	/* bit i: the kernel honestly takes nodes away from the i-th mask */
	__u8 position[TOCTRACE_MASKS]; /* of each mask's register, from 0 */
	__u8 bits[TOCTRACE_MASKS];     /* of the register that says how many bits it has, plus one */
	__u8 form[TOCTRACE_MASKS];     /* enum toctrace_form */
	__u8 exact; /* enum toctrace_exact; 0: it copies nodemasks by get_nodes() */
	__u8 reserved;
};

/* In the storage of a task that user space marked by its pidfd. */
enum toctrace_seed {
	TOCTRACE_SEED_MARKED = 1, /* watched, and all its descendants */
	TOCTRACE_SEED_OWN = 2,	  /* the tool's own task while it proves its stages */
};

/* A marked descendant, by its task's address. */
struct toctrace_mark {
	__u32 tgid;    /* root namespace */
	__u32 tid;     /* root namespace */
	__u32 ns_tgid; /* as seen in config.pid_namespace; 0: not visible there */
	__u32 ns_tid;
};

/* One argument at one stage. */
struct toctrace_content {
	__u64 address;	  /* user address; 0 for the kernel's own masks */
	__u32 bits;	  /* bits that count */
	__u32 length;	  /* bytes that the kernel reads, whole words */
	__u32 head;	  /* of these, bytes before the page boundary; == length on one page */
	__s32 head_error; /* 0 or -errno of reading them */
	__s32 tail_error; /* 0 or -errno of reading the rest */
	__u8 argument;	  /* position in the call, or TOCTRACE_CPUSET */
	__u8 beyond;	  /* enum toctrace_beyond */
	__u8 word;	  /* bytes of a word: 8, or 4 for 32-bit callers */
	__u8 reserved;
	__u8 data[TOCTRACE_MASK_BYTES];
};

/* One snapshot. In the ring buffer it ends after content[contents - 1]. */
struct toctrace_snapshot {
	__u16 version;
	__u8 stage;    /* enum toctrace_stage */
	__u8 syscall;  /* toctrace_layout.syscall */
	__u8 abi;      /* enum toctrace_abi */
	__u8 contents; /* how many of content[] are there */
	__u8 flags;    /* enum toctrace_flag */
	__u8 missed;   /* exit: bit i is set when the i-th copy began and never returned */
	__u64 call;
	__u64 time_ns; /* bpf_ktime_get_boot_ns */
	__s64 returned;
	__u64 args[TOCTRACE_ARGS];
	__u64 task;	/* address of the task_struct */
	__u64 start_ns; /* task_struct.start_boottime */
	__u64 cgroup;
	__u32 sequence;
	__u32 lost;
	__u32 tgid;
	__u32 tid;
	__u32 ns_tgid;
	__u32 ns_tid;
	__u32 pid_namespace;
	__u32 uid;
	__u32 gid;
	__u32 cpu;
	char comm[TOCTRACE_COMM_BYTES];
	struct toctrace_content content[TOCTRACE_CONTENTS];
};

/* One argument of any length at one stage. In the ring buffer it ends after data[length - 1]. */
struct toctrace_text {
	__u64 address; /* user address; 0 for the kernel's own */
	__u32 length;  /* bytes that were read, from the beginning on; of a string without its end */
	__u32 wanted;  /* bytes that the kernel reads; of a string TOCTRACE_TEXT_BYTES */
	__s32 error;   /* 0, or -errno of reading what follows these bytes */
	__u8 argument; /* position in the call */
	__u8 beyond;   /* enum toctrace_beyond: whether there is more than has room here */
	__u8 reserved[2];
	__u8 data[TOCTRACE_TEXT_BYTES + TOCTRACE_TEXT_STEP]; /* zeros end what is there */
};

/* Most bytes of what a struct toctrace_caller carries. */
#define TOCTRACE_DATA_BYTES 2048
#define TOCTRACE_ARGUMENT_BYTES 512
#define TOCTRACE_FRAMES 32
#define TOCTRACE_PARENTS 16
/* login_uid of a task that nobody logged in for (include/linux/audit.h). */
#define TOCTRACE_NO_LOGIN 0xffffffff

/* Positions in toctrace_caller.namespaces; that of pids is in every snapshot. */
enum toctrace_namespace {
	TOCTRACE_NS_USER = 0,
	TOCTRACE_NS_MNT,
	TOCTRACE_NS_NET,
	TOCTRACE_NS_UTS,
	TOCTRACE_NS_IPC,
	TOCTRACE_NS_CGROUP,
	TOCTRACE_NS_TIME,
	TOCTRACE_NAMESPACES,
};

/* What toctrace_caller.data is made of, packed, in this order. */
enum toctrace_part {
	TOCTRACE_PART_ARGUMENTS = 0, /* the command line's beginning, words ended by zero bytes */
	TOCTRACE_PART_STACK,	     /* addresses, innermost first: 8 bytes each */
	TOCTRACE_PART_PARENTS,	     /* struct toctrace_parent, the nearest first */
	TOCTRACE_PART_EXECUTABLE,    /* a path's names, the last one first, ended by zero bytes */
	TOCTRACE_PART_DIRECTORY,     /* the same, of the working directory */
	TOCTRACE_PART_CGROUP,	     /* the same, of the cgroup (v2) */
	TOCTRACE_PARTS,
};

enum toctrace_deleted {
	TOCTRACE_DELETED_EXECUTABLE = 1,
	TOCTRACE_DELETED_DIRECTORY = 2,
};

/* Who was there to look at a call, and which supervisors were asked to decide on it. */
enum toctrace_observer {
	TOCTRACE_OBSERVER_NOTIFY = 1,	   /* a seccomp filter of the task has a notify listener */
	TOCTRACE_OBSERVER_TRACER = 2,	   /* the task is traced by ptrace */
	TOCTRACE_OBSERVER_AUDIT = 4,	   /* audit keeps the task's calls */
	TOCTRACE_OBSERVER_TRACEPOINT = 8,  /* somebody uses a tracepoint of all system calls */
	TOCTRACE_OBSERVER_NOTIFY_ASKED = 16,
	TOCTRACE_OBSERVER_TRACER_ASKED = 32,
};

/* An ancestor of a process. */
struct toctrace_parent {
	__u64 start_ns; /* of its leader: task_struct.start_boottime */
	__u32 tgid;	/* root namespace */
	__u32 reserved;
	char comm[TOCTRACE_COMM_BYTES];
};

/* Who made a call whose looks are not plainly the same: sent once, before its exit's snapshot. In
 * the ring buffer it ends after data[used - 1]. */
struct toctrace_caller {
	__u16 version;
	__u8 stage;   /* TOCTRACE_CALLER, where a snapshot has its stage */
	__u8 deleted; /* enum toctrace_deleted */
	__u32 login_uid;
	__u64 call;
	__u64 code_start; /* where the executable's code is mapped ... */
	__u64 code_end;	  /* ... and where that ends */
	__u64 stack_top;  /* the word at the user's stack pointer; 0: not read */
	__u64 inode;	  /* of the executable */
	__u32 device;	  /* of its file system: 12 bits of major, 20 of minor number */
	__u32 used;
	__u32 namespaces[TOCTRACE_NAMESPACES]; /* inodes; 0: not known */
	__s32 arguments_error;		       /* 0, or -errno of reading them */
	__u16 parts[TOCTRACE_PARTS];	       /* bytes of each */
	__u8 cut; /* bit i is set where the i-th part is not whole */
	__u8 observers; /* enum toctrace_observer */
	__u8 reserved[2];
	__u8 data[TOCTRACE_DATA_BYTES];
};

#endif
