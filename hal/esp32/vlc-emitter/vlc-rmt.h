/*
 * Light on a pin by the RMT peripheral of an ESP32: frames without a gap, an idle pattern between them. Knows ESP-IDF and nothing
 * of XS; vlc-emitter.c stands between the two. What the numbers mean: hal/light.ts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

typedef struct vlc_rmt *vlc_rmt_t;

typedef struct {
	int gpio;
	bool invert;
	uint32_t clock_hz;
	bool vppm;            /* else Manchester */
	bool zero_begins_lit; /* Manchester: a 0 is light, then dark */
	size_t max_octets;    /* of a frame */
} vlc_rmt_config_t;

/* ESP_ERR_NOT_FOUND: no channel is free. ESP_ERR_INVALID_ARG: the clock is no whole number of ticks. */
esp_err_t vlc_rmt_new(const vlc_rmt_config_t *config, vlc_rmt_t *result);

/* Copies the frame. ESP_ERR_INVALID_STATE: one is on its way. ESP_ERR_INVALID_SIZE: it is longer than was announced. */
esp_err_t vlc_rmt_send(vlc_rmt_t light, const uint8_t *octets, size_t count, uint32_t preamble_chips, uint32_t bits_at,
	uint32_t bit_count);

/* Duty of VPPM pulses in thousandths, and the chips that are repeated between frames. A frame on its way ends first. */
esp_err_t vlc_rmt_shine(vlc_rmt_t light, uint32_t duty_permille, const uint8_t *idle, size_t count, uint32_t idle_chips);

void vlc_rmt_delete(vlc_rmt_t light);
