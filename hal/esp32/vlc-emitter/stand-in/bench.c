/* Drives vlc-rmt.c on the stand-in, line by line from standard input, and prints what each call returned and what light left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../vlc-rmt.h"
#include "rmt.h"

#define LIGHTS 8
#define OCTETS 20000

static size_t octets_of(const char *hex, uint8_t *into)
{
	size_t count = 0;
	for (unsigned octet; count < OCTETS && sscanf(hex + 2 * count, "%2x", &octet) == 1; count++)
		into[count] = octet;
	return count;
}

int main(void)
{
	static char line[2 * OCTETS + 100], hex[2 * OCTETS + 1];
	static uint8_t octets[OCTETS];
	vlc_rmt_t lights[LIGHTS] = { 0 };
	while (fgets(line, sizeof(line), stdin) != NULL) {
		unsigned which, a, b, c, d, e, f;
		hex[0] = 0;
		if (sscanf(line, "new %u %u %u %u %u %u %u", &which, &a, &b, &c, &d, &e, &f) == 7) {
			vlc_rmt_config_t config = { .gpio = a, .clock_hz = b, .vppm = c, .zero_begins_lit = d, .invert = e, .max_octets = f };
			printf("%d\n", vlc_rmt_new(&config, &lights[which]));
		} else if (sscanf(line, "send %u %u %u %u %40000s", &which, &a, &b, &c, hex) >= 4) {
			printf("%d\n", vlc_rmt_send(lights[which], octets, octets_of(hex, octets), a, b, c));
			/* The caller may use its buffer again. */
			memset(octets, 0, sizeof(octets));
		} else if (sscanf(line, "shine %u %u %u %40000s", &which, &a, &b, hex) >= 3) {
			printf("%d\n", vlc_rmt_shine(lights[which], a, octets, octets_of(hex, octets), b));
			memset(octets, 0, sizeof(octets));
		} else if (sscanf(line, "close %u", &which) == 1) {
			vlc_rmt_delete(lights[which]);
			lights[which] = NULL;
			puts("0");
		} else if (strcmp(line, "time\n") == 0)
			rmt_let_time_pass();
		else
			return 3;
	}
	for (int i = 0; i < LIGHTS; i++)
		if (lights[i] != NULL)
			vlc_rmt_delete(lights[i]);
	return 0;
}
