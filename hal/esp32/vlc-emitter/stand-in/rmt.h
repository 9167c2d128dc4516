#pragma once
/* All that was transmitted leaves, and is printed: `frame` or `loop`, the pin, whether it is inverted, level:ticks, ... */
void rmt_let_time_pass(void);
