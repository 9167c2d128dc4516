/* Stand-in: encoders of ESP-IDF's RMT driver (v5.2 and later). */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "esp_err.h"

typedef union {
	struct {
		uint16_t duration0 : 15;
		uint16_t level0 : 1;
		uint16_t duration1 : 15;
		uint16_t level1 : 1;
	};
	uint32_t val;
} rmt_symbol_word_t;

typedef struct rmt_channel_t *rmt_channel_handle_t;
typedef struct rmt_encoder_t rmt_encoder_t;
typedef rmt_encoder_t *rmt_encoder_handle_t;

typedef enum {
	RMT_ENCODING_RESET = 0,
	RMT_ENCODING_COMPLETE = 1,
	RMT_ENCODING_MEM_FULL = 2,
} rmt_encode_state_t;

struct rmt_encoder_t {
	size_t (*encode)(rmt_encoder_t *encoder, rmt_channel_handle_t channel, const void *data, size_t size,
		rmt_encode_state_t *state);
	esp_err_t (*reset)(rmt_encoder_t *encoder);
	esp_err_t (*del)(rmt_encoder_t *encoder);
};

typedef struct {
	rmt_symbol_word_t bit0;
	rmt_symbol_word_t bit1;
	struct {
		uint32_t msb_first : 1;
	} flags;
} rmt_bytes_encoder_config_t;

typedef struct {
	int nothing;
} rmt_copy_encoder_config_t;

esp_err_t rmt_new_bytes_encoder(const rmt_bytes_encoder_config_t *config, rmt_encoder_handle_t *result);
esp_err_t rmt_bytes_encoder_update_config(rmt_encoder_handle_t encoder, const rmt_bytes_encoder_config_t *config);
esp_err_t rmt_new_copy_encoder(const rmt_copy_encoder_config_t *config, rmt_encoder_handle_t *result);
esp_err_t rmt_encoder_reset(rmt_encoder_handle_t encoder);
esp_err_t rmt_del_encoder(rmt_encoder_handle_t encoder);
