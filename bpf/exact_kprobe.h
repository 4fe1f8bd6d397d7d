/* The uses of exact calls, by kprobes. Named for the parameters that have them. */
#ifndef TOCTRACE_EXACT_KPROBE_H
#define TOCTRACE_EXACT_KPROBE_H

#include "used.h"

static const struct used_text nothing;

int use_filename_2(struct pt_regs *ctx)
{
	begin_exact_use(used_filename(PT_REGS_PARM2(ctx)), nothing, false);
	return 0;
}

int use_executable_2(struct pt_regs *ctx)
{
	begin_exact_use(used_filename(PT_REGS_PARM2(ctx)), nothing, true);
	return 0;
}

int use_filename_2_4(struct pt_regs *ctx)
{
	begin_exact_use(used_filename(PT_REGS_PARM2(ctx)), used_filename(PT_REGS_PARM4(ctx)), false);
	return 0;
}

int use_filename_1_3(struct pt_regs *ctx)
{
	begin_exact_use(used_filename(PT_REGS_PARM1(ctx)), used_filename(PT_REGS_PARM3(ctx)), false);
	return 0;
}

int use_string_1_3(struct pt_regs *ctx)
{
	begin_exact_use(used_bytes(PT_REGS_PARM1(ctx), 0), used_bytes(PT_REGS_PARM3(ctx), 0), false);
	return 0;
}

int use_address_2_3(struct pt_regs *ctx)
{
	begin_exact_use(used_bytes(PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx)), nothing, false);
	return 0;
}

int use_message_2(struct pt_regs *ctx)
{
	begin_exact_use(used_message(PT_REGS_PARM2(ctx)), nothing, false);
	return 0;
}

int use_piece_1_4_5(struct pt_regs *ctx)
{
	use_piece(PT_REGS_PARM1(ctx), PT_REGS_PARM4(ctx), PT_REGS_PARM5(ctx));
	return 0;
}

int fault(struct pt_regs *ctx)
{
	note_fault(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));
	return 0;
}

#endif
