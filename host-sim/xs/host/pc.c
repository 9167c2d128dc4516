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

double hostCpuSeconds(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}
