/* Many calls that do not come back. */
#ifndef TRICKS_PARK_H
#define TRICKS_PARK_H

/* Let `count` threads be held in the call, all at once; race one more call; then let them go. */
int park(int count);

#endif
