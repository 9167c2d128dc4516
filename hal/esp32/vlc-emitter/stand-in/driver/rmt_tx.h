/* Stand-in: transmit channels of ESP-IDF's RMT driver. */
#pragma once
#include <stdbool.h>
#include "driver/rmt_encoder.h"

enum { RMT_CLK_SRC_DEFAULT = 1 };

typedef struct {
	int gpio_num;
	int clk_src;
	uint32_t resolution_hz;
	size_t mem_block_symbols;
	size_t trans_queue_depth;
	int intr_priority;
	struct {
		uint32_t invert_out : 1;
		uint32_t with_dma : 1;
	} flags;
} rmt_tx_channel_config_t;

typedef struct {
	int loop_count;
	struct {
		uint32_t eot_level : 1;
		uint32_t queue_nonblocking : 1;
	} flags;
} rmt_transmit_config_t;

typedef struct {
	size_t num_symbols;
} rmt_tx_done_event_data_t;

typedef bool (*rmt_tx_done_callback_t)(rmt_channel_handle_t channel, const rmt_tx_done_event_data_t *event, void *user);

typedef struct {
	rmt_tx_done_callback_t on_trans_done;
} rmt_tx_event_callbacks_t;

esp_err_t rmt_new_tx_channel(const rmt_tx_channel_config_t *config, rmt_channel_handle_t *result);
esp_err_t rmt_del_channel(rmt_channel_handle_t channel);
esp_err_t rmt_enable(rmt_channel_handle_t channel);
esp_err_t rmt_disable(rmt_channel_handle_t channel);
esp_err_t rmt_transmit(rmt_channel_handle_t channel, rmt_encoder_handle_t encoder, const void *payload, size_t size,
	const rmt_transmit_config_t *config);
esp_err_t rmt_tx_register_event_callbacks(rmt_channel_handle_t channel, const rmt_tx_event_callbacks_t *callbacks,
	void *user);
