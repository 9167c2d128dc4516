/*
 * The platform that XS is compiled for here: a plain PC process without threads of its own, without a debugger and without
 * sockets. Names and switches are those that the XS sources ask of a platform header (XSPLATFORM).
 */
#ifndef __ARGAND_PLATFORM__
#define __ARGAND_PLATFORM__

#undef mxLinux
#define mxLinux 1
#undef mxLittleEndian
#define mxLittleEndian 1

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
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

#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1

#define mxUseDefaultMachinePlatform 1
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
/* Memory comes from memory.c. */
#define mxUseDefaultSharedChunks 1

/* What the machine record holds for this host. The waiter fields are asked for by XS's default Atomics. */
#define mxMachinePlatform \
	int promiseJobs; \
	void* waiterCondition; \
	void* waiterData; \
	void* waiterLink;

#endif
