/* Stand-in. */
#pragma once
#define IRAM_ATTR
