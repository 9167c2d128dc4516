/* Stand-in. */
#pragma once
#include <stdlib.h>
#define c_malloc malloc
#define c_free free
