/*
 * The platform that XS is compiled for when a processor's instructions are counted: RV32IMAC with picolibc, started bare
 * under qemu, files by semihosting. No operating system, so no threads and no limit of the C stack to be asked for.
 */
#ifndef __ARGAND_PLATFORM__
#define __ARGAND_PLATFORM__

#undef mxLittleEndian
#define mxLittleEndian 1

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#define mxUseDefaultCStackLimit 0

#define mxUseDefaultMachinePlatform 1
#define mxUseDefaultBuildKeys 1
/* Memory comes from memory.c. */
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1

#define mxMachinePlatform \
	int promiseJobs; \
	void* waiterCondition; \
	void* waiterData; \
	void* waiterLink;

/* picolibc's start gives no arguments; rv32.c has the real main, which asks the semihost for the command line. */
#define main hostMain

#endif
