/* What the host asks of its platform, on a PC. */
#include <time.h>
#include "host.h"

double hostNowUs(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)(now.tv_nsec / 1000);
}

/* A PC's instructions are nobody's measure. */
double hostInstructions(void)
{
	return 0;
}

void hostStartCounting(void)
{
}
