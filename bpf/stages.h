/* The first and the last look at a call, by how it takes its arguments. */
#ifndef TOCTRACE_STAGES_H
#define TOCTRACE_STAGES_H

#include "call.h"
#ifdef TOCTRACE_EXACTS
#include "exact.h"
#endif

/* Take the entry; registers and ABI are in its slot already. */
static __always_inline void enter(struct call *call)
{
#ifdef TOCTRACE_EXACTS
	if (call->layout.exact) {
		enter_exact(call);
		return;
	}
#endif
	enter_masks(call);
}

/* Take the exit. `complete`: no stage is missing that its return value tells of. */
static __always_inline void leave(struct call *call, long returned, bool complete)
{
#ifdef TOCTRACE_EXACTS
	if (call->layout.exact) {
		leave_exact(call, returned, complete);
		return;
	}
#endif
	leave_masks(call, returned, complete);
}

#endif
